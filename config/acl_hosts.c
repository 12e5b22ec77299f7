#include <string.h>

#include "config/acl_steps.h"

static bool is_host(const struct acl_step *step)
{
    uint64_t all = UINT64_MAX;
    if (step->kind == ACL_IPV6)
        return step->mask_high == all && step->mask_low == all;
    /* The four octets as they lie in memory, loaded like any mask. */
    static const struct dns_prefix host = {{{0}, 0, 4}, 32};
    return step->kind == ACL_IPV4 && step->mask_high == acl_step_prefix(&host).mask_high;
}

size_t acl_hosts(const struct acl *acl, struct dns_address *to, size_t capacity)
{
    size_t count = 0;
    for (uint32_t i = 0; i < acl->count && count < capacity; i++) {
        uint8_t octets[16];
        if (!is_host(&acl->steps[i]))
            continue;
        memcpy(octets, &acl->steps[i].high, 8);
        memcpy(octets + 8, &acl->steps[i].low, 8);
        to[count++] = dns_address_make(acl->steps[i].kind == ACL_IPV4 ? 4 : 6, octets, 0);
    }
    return count;
}
