#include "resolver/validator.h"

#include <stdlib.h>
#include <string.h>

#include "dns/types.h"

struct validator *validator_new(void)
{
    struct validator *validator = malloc(sizeof *validator);
    if (validator == NULL)
        return NULL;
    validator->workspace = dnssec_workspace_new();
    if (validator->workspace == NULL) {
        free(validator);
        return NULL;
    }
    return validator;
}

void validator_free(struct validator *validator)
{
    if (validator != NULL)
        dnssec_workspace_free(validator->workspace);
    free(validator);
}

bool validator_read(struct validator *validator, struct dns_message *message)
{
    validator->gather = (struct dnssec_gather){
        .rdata = validator->rdata,
        .rdata_capacity = VALIDATOR_RDATA,
        .octets = validator->octets,
        .capacity = VALIDATOR_OCTETS,
    };
    validator->answer_count = validator->authority_count = VALIDATOR_RRSETS;
    memset(validator->proven, 0, sizeof validator->proven);
    return dnssec_gather_section(&validator->gather, message, DNS_ANSWER, validator->answer,
                                 &validator->answer_count) == DNS_OK &&
           dnssec_gather_section(&validator->gather, message, DNS_AUTHORITY, validator->authority,
                                 &validator->authority_count) == DNS_OK;
}

const struct dnssec_rrset *validator_find(const struct dnssec_rrset *rrsets, unsigned count,
                                          struct dns_name owner, uint16_t type)
{
    const struct dnssec_rrset *found = dnssec_rrset_find(rrsets, count, owner, type, DNS_CLASS_IN);
    return found != NULL && found->count > 0 ? found : NULL;
}
