/* Does an answer prove what it says? By dnssec/, which knows nothing of how zones/ chose the records. */
#ifndef TEST_ZONES_PROVE_H
#define TEST_ZONES_PROVE_H

#include "zones/answer.h"

/* Says so on standard error where it does not. Signatures are not looked at. */
bool prove_answer(const struct zone *zone, const struct zone_question *question,
                  const struct zone_answer *answer, const uint8_t *wire, size_t length);

#endif
