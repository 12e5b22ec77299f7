/* A capture whose checksum is right and whose records are anything: it is played, or said to be malformed. */
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "capture/replay.h"
#include "dns/octets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct replay_result result;
    uint8_t *octets = malloc(CAPTURE_HEAD + size);
    if (octets == NULL)
        return 0;
    memcpy(octets, CAPTURE_MAGIC, CAPTURE_MAGIC_OCTETS);
    put16(octets + CAPTURE_VERSION_AT, CAPTURE_VERSION);
    put32(octets + CAPTURE_LENGTH_AT, (uint32_t)size);
    SHA256(data, size, octets + CAPTURE_DIGEST_AT);
    if (size > 0)
        memcpy(octets + CAPTURE_HEAD, data, size);
    replay_run(octets, CAPTURE_HEAD + size, &(struct replay_watcher){0}, &result);
    free(octets);
    return 0;
}
