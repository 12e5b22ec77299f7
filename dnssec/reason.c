#include "dnssec/reason.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dns/types.h"

/* How a reason is worded: %o the record, %k the key, %z the zone, %t the time, %d the digest, %i iterations.
   */
struct wording {
    int ede;
    const char *text;
};

static const struct wording wordings[DNSSEC_REASONS] = {
    [DNSSEC_REASON_NONE] = {DNS_EDE_NONE, "nothing is wrong with %o"},
    [DNSSEC_RRSIG_MISSING] = {DNS_EDE_RRSIGS_MISSING, "no signature of %o, though %z is signed"},
    [DNSSEC_RRSIG_MALFORMED] = {DNS_EDE_DNSSEC_BOGUS, "malformed signature of %o"},
    [DNSSEC_RRSIG_UNSUPPORTED] = {DNS_EDE_UNSUPPORTED_ALGORITHM, "%o is signed with unsupported %a only"},
    [DNSSEC_SIGNER_WRONG] = {DNS_EDE_DNSSEC_BOGUS, "signature of %o is not by its zone %z"},
    [DNSSEC_LABELS_WRONG] = {DNS_EDE_DNSSEC_BOGUS, "signature of %o has a label count that cannot be"},
    [DNSSEC_WILDCARD_WRONG] = {DNS_EDE_DNSSEC_BOGUS, "signature of %o is that of a wildcard"},
    [DNSSEC_TIME_REVERSED] = {DNS_EDE_EXPIRED_BEFORE_VALID, "signature of %o by %k expires before it begins"},
    [DNSSEC_NOT_YET_VALID] = {DNS_EDE_SIGNATURE_NOT_YET_VALID,
                              "signature of %o by %k is not valid before %t"},
    [DNSSEC_EXPIRED] = {DNS_EDE_SIGNATURE_EXPIRED, "signature of %o by %k expired %t"},
    [DNSSEC_CLOCK_WRONG] = {DNS_EDE_DNSSEC_INDETERMINATE, "the clock of this resolver is wrong, set it; "
                                                          "signature of %o by %k cannot be judged"},
    [DNSSEC_KEY_MISSING] = {DNS_EDE_DNSKEY_MISSING, "%o is signed by %k, which %z does not have"},
    [DNSSEC_KEY_NOT_ZONE] = {DNS_EDE_NO_ZONE_KEY_BIT, "%k of %z, which signed %o, is no zone key"},
    [DNSSEC_KEY_REVOKED] = {DNS_EDE_DNSKEY_MISSING, "%k of %z, which signed %o, is revoked"},
    [DNSSEC_KEY_MALFORMED] = {DNS_EDE_DNSSEC_BOGUS, "%k of %z, which signed %o, is malformed or too large"},
    [DNSSEC_SIGNATURE_WRONG] = {DNS_EDE_DNSSEC_BOGUS, "signature of %o by %k does not fit the data"},
    [DNSSEC_RDATA_MALFORMED] = {DNS_EDE_DNSSEC_BOGUS, "%o is malformed"},
    [DNSSEC_RRSET_TOO_LARGE] = {DNS_EDE_DNSSEC_BOGUS, "%o has too many records to be validated"},
    [DNSSEC_ALGORITHM_UNSUPPORTED] = {DNS_EDE_UNSUPPORTED_ALGORITHM, "%z is signed with unsupported %a only"},
    [DNSSEC_DIGEST_UNSUPPORTED] = {DNS_EDE_UNSUPPORTED_DIGEST, "%z has DS records with unsupported %d only"},
    [DNSSEC_DS_WITHOUT_KEY] = {DNS_EDE_DNSKEY_MISSING, "%z has no %k, which its DS record promises"},
    [DNSSEC_DS_MISMATCH] = {DNS_EDE_DNSKEY_MISSING, "%k of %z is not the one that its DS record promises"},
    [DNSSEC_ANCHOR_WITHOUT_KEY] = {DNS_EDE_DNSKEY_MISSING,
                                   "none of the trust anchors of %z is among its keys"},
    [DNSSEC_PROOF_MISSING] = {DNS_EDE_NSEC_MISSING, "no proof from %z that %o does not exist"},
    [DNSSEC_PROOF_WILDCARD_MISSING] = {DNS_EDE_NSEC_MISSING, "no proof from %z that no wildcard makes %o"},
    [DNSSEC_PROOF_EXISTS] = {DNS_EDE_DNSSEC_BOGUS, "%z denies %o and proves that it exists"},
    [DNSSEC_PROOF_WRONG_SIDE] = {DNS_EDE_DNSSEC_BOGUS,
                                 "%o is denied from the wrong side of a zone cut of %z"},
    [DNSSEC_PROOF_OUTSIDE_ZONE] = {DNS_EDE_DNSSEC_BOGUS, "%o is proven by records outside of %z"},
    [DNSSEC_PROOF_MALFORMED] = {DNS_EDE_DNSSEC_BOGUS, "malformed proof %o"},
    [DNSSEC_PROOF_EXPANDED] = {DNS_EDE_DNSSEC_BOGUS, "the proof %o is made from a wildcard"},
    [DNSSEC_PROOF_TOO_MANY] = {DNS_EDE_DNSSEC_BOGUS, "too many NSEC or NSEC3 records of %z"},
    [DNSSEC_NSEC3_ITERATIONS] = {DNS_EDE_NSEC3_ITERATIONS, "NSEC3 of %z with %i iterations"},
    [DNSSEC_NSEC3_OPT_OUT] = {DNS_EDE_NONE, "%o lies in an opt-out span of %z"},
    [DNSSEC_BUDGET_CHECKS] = {DNS_EDE_DNSSEC_INDETERMINATE,
                              "too many signatures to check for one question, at %o"},
    [DNSSEC_BUDGET_COST] = {DNS_EDE_DNSSEC_INDETERMINATE, "too costly signatures for one question, at %o"},
    [DNSSEC_BUDGET_HASHES] = {DNS_EDE_DNSSEC_INDETERMINATE, "too much NSEC3 hashing for one question, at %o"},
};

int dnssec_reason_ede(enum dnssec_reason reason)
{
    return wordings[reason].ede;
}

const char *dnssec_status_to_text(enum dnssec_status status)
{
    static const char *const texts[] = {"secure", "insecure", "bogus", "exhausted"};
    return texts[status];
}

void dnssec_fault_set(struct dnssec_fault *fault, enum dnssec_reason reason, struct dns_name zone,
                      struct dns_name owner, uint16_t type)
{
    fault->reason = reason;
    fault->zone.length = fault->owner.length = 0;
    if (zone.length > 0)
        dns_name_copy(&fault->zone, zone);
    if (owner.length > 0)
        dns_name_copy(&fault->owner, owner);
    fault->type = type;
    fault->has_key = false;
    fault->key_tag = 0;
    fault->algorithm = fault->digest = 0;
    fault->iterations = 0;
    fault->time = 0;
}

/* A name without its final dot, as people write it. */
static void name_text(const struct dns_name_buffer *name, char text[DNS_NAME_TEXT_MAX])
{
    if (name->length == 0) {
        strcpy(text, "the zone");
        return;
    }
    dns_name_to_text(dns_name_view(name), text);
    size_t length = strlen(text);
    if (length > 1)
        text[length - 1] = '\0';
}

static void record_text(const struct dnssec_fault *fault, char text[DNS_NAME_TEXT_MAX + DNS_TYPE_TEXT_MAX])
{
    char type[DNS_TYPE_TEXT_MAX];
    name_text(&fault->owner, text);
    if (fault->type != 0) {
        strcat(text, "/");
        strcat(text, dns_type_to_text(fault->type, type));
    }
}

/* RRSIG times are read as those of the era that the clock is in (RFC 4034 §3.1.5); 32 bits will do until
   2106. */
static void time_text(uint32_t seconds, char text[24])
{
    time_t when = (time_t)seconds;
    struct tm parts;
    if (gmtime_r(&when, &parts) == NULL || strftime(text, 24, "%Y-%m-%d %H:%M UTC", &parts) == 0)
        strcpy(text, "at an unknown time");
}

static void piece_text(const struct dnssec_fault *fault, char kind, char text[DNS_NAME_TEXT_MAX + 32])
{
    switch (kind) {
    case 'o':
        record_text(fault, text);
        return;
    case 'z':
        name_text(&fault->zone, text);
        return;
    case 'k':
        sprintf(text, "key %u", fault->key_tag);
        return;
    case 'a':
        sprintf(text, "algorithm %u", fault->algorithm);
        return;
    case 'd':
        sprintf(text, "digest type %u", fault->digest);
        return;
    case 'i':
        sprintf(text, "%u", fault->iterations);
        return;
    default:
        time_text(fault->time, text);
    }
}

const char *dnssec_fault_to_text(const struct dnssec_fault *fault, char text[DNSSEC_FAULT_TEXT_MAX])
{
    char piece[DNS_NAME_TEXT_MAX + 32];
    char *to = text;
    for (const char *from = wordings[fault->reason].text; *from != '\0'; from++) {
        if (*from != '%') {
            *to++ = *from;
            continue;
        }
        piece_text(fault, *++from, piece);
        to = stpcpy(to, piece);
    }
    *to = '\0';
    return text;
}
