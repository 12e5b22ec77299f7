#include "dnssec/policy.h"

enum {
    COMPUTED_ALGORITHMS = 1u << DNSSEC_RSASHA1 | 1u << DNSSEC_RSASHA1_NSEC3 | 1u << DNSSEC_RSASHA256 |
                          1u << DNSSEC_RSASHA512 | 1u << DNSSEC_ECDSA_P256 | 1u << DNSSEC_ECDSA_P384 |
                          1u << DNSSEC_ED25519 | 1u << DNSSEC_ED448,
    COMPUTED_DIGESTS = 1u << DNSSEC_DIGEST_SHA1 | 1u << DNSSEC_DIGEST_SHA256 | 1u << DNSSEC_DIGEST_SHA384,
    DEPRECATED_ALGORITHMS = 1u << DNSSEC_RSASHA1 | 1u << DNSSEC_RSASHA1_NSEC3,
    DEPRECATED_DIGESTS = 1u << DNSSEC_DIGEST_SHA1,
};

struct dnssec_policy dnssec_policy_default(void)
{
    return (struct dnssec_policy){
        .algorithms = COMPUTED_ALGORITHMS & ~DEPRECATED_ALGORITHMS,
        .digests = COMPUTED_DIGESTS & ~DEPRECATED_DIGESTS,
        .rsa_bits_min = 512,
        .rsa_bits_max = 4096,
        .nsec3_iterations = 50,
        .skew_min = 300,
        .skew_max = 3600,
    };
}

static bool set_bit(uint32_t *bits, uint32_t computed, uint8_t number, bool enable)
{
    if (number >= 32 || (computed >> number & 1) == 0)
        return false;
    uint32_t bit = UINT32_C(1) << number;
    *bits = enable ? *bits | bit : *bits & ~bit;
    return true;
}

bool dnssec_policy_enable_algorithm(struct dnssec_policy *policy, uint8_t algorithm, bool enable)
{
    return set_bit(&policy->algorithms, COMPUTED_ALGORITHMS, algorithm, enable);
}

bool dnssec_policy_enable_digest(struct dnssec_policy *policy, uint8_t digest, bool enable)
{
    return set_bit(&policy->digests, COMPUTED_DIGESTS, digest, enable);
}

unsigned dnssec_algorithm_cost(uint8_t algorithm)
{
    switch (algorithm) {
    case DNSSEC_ECDSA_P256:
        return DNSSEC_COST_P256;
    case DNSSEC_ECDSA_P384:
        return DNSSEC_COST_P384;
    case DNSSEC_ED25519:
        return DNSSEC_COST_ED25519;
    case DNSSEC_ED448:
        return DNSSEC_COST_ED448;
    default:
        return 1;
    }
}

struct dnssec_budget dnssec_budget_default(void)
{
    return (struct dnssec_budget){.checks = 32, .failures = 2, .cost = 600, .sha1_blocks = 8192};
}

enum dnssec_reason dnssec_budget_spent(const struct dnssec_budget *budget)
{
    return budget->checks == 0 ? DNSSEC_BUDGET_CHECKS : DNSSEC_REASON_NONE;
}

enum dnssec_reason dnssec_budget_check(struct dnssec_budget *budget, unsigned cost)
{
    enum dnssec_reason spent = dnssec_budget_spent(budget);
    if (spent != DNSSEC_REASON_NONE)
        return spent;
    if (!dnssec_budget_cost(budget, cost))
        return DNSSEC_BUDGET_COST;
    budget->checks--;
    return DNSSEC_REASON_NONE;
}

bool dnssec_budget_cost(struct dnssec_budget *budget, unsigned cost)
{
    if (budget->cost < cost)
        return false;
    budget->cost = (uint16_t)(budget->cost - cost);
    return true;
}

bool dnssec_budget_failure(struct dnssec_budget *budget)
{
    bool left = budget->failures > 0;
    budget->failures = (uint16_t)(budget->failures - left);
    return left;
}

bool dnssec_budget_hash(struct dnssec_budget *budget, unsigned blocks)
{
    bool enough = budget->sha1_blocks >= blocks;
    budget->sha1_blocks = enough ? (uint16_t)(budget->sha1_blocks - blocks) : 0;
    return enough;
}
