#include "dnssec/anchor.h"

/* The key signing keys of the root, as https://data.iana.org/root-anchors/root-anchors.xml and Debian's
   dns-root-data have them; test_anchor.c compares their digests with the published ones. */
static const char *const root_keys[DNSSEC_ROOT_ANCHORS] = {
    /* 20326, in use from October 2018 */
    "AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7SWXgnLh"
    "4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb"
    "9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6"
    "+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU=",
    /* 38696, signs from October 2026 */
    "AwEAAa96jeuknZlaeSrvyAJj6ZHv28hhOKkx3rLGXVaC6rXTsDc449/cidltpkyGwCJNnOAlFNKF2jBosZBU5eeHspaQWOmO"
    "ElZsjICMQMC3aeHbGiShvZsx4wMYSjH8e7Vrhbu6irwCzVBApESjbUdpWWmEnhathWu1jo+siFUiRAAxm9qyJNg/wOZqqzL/"
    "dL/q8PkcRU5oUKEpUge71M3ej2/7CPqpdVwuMoTvoB+ZOT4YeGyxMvHmbrxlFzGOHOijtzN+u1TQNatX2XBuzZNQ1K+s2CXk"
    "PIZo7s6JgZyvaBevYtxPvYLw4z9mR7K2vaF18UYH9Z9GNUUeayffKC73PYc=",
};

unsigned dnssec_root_anchors(struct dnssec_anchor anchors[DNSSEC_ROOT_ANCHORS])
{
    unsigned count = 0;
    for (unsigned i = 0; i < DNSSEC_ROOT_ANCHORS; i++)
        if (dnssec_anchor_read_key(dns_name_root(), 257, 3, DNSSEC_RSASHA256, root_keys[i], true,
                                   &anchors[count]) == DNSSEC_ANCHOR_OK)
            count++;
    return count;
}
