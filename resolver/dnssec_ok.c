/* What a client that has not set DO gets of an answer that was made for those who have. */
#include <string.h>

#include "dns/octets.h"
#include "resolver/answer.h"
#include "resolver/image.h"

enum { POINTER_MAX = 0x3fff };

/* RFC 4035 §3.2.1: without DO only what was asked for. */
static bool is_left_out(uint16_t type, uint16_t qtype, unsigned section)
{
    if (section == DNS_ANSWER && (type == qtype || qtype == DNS_TYPE_ANY))
        return false;
    return type == DNS_TYPE_RRSIG ||
           (section != DNS_ANSWER && (type == DNS_TYPE_NSEC || type == DNS_TYPE_NSEC3));
}

/* Octets that have been taken out in front of those places. */
struct gap {
    size_t before; /* offset as it was */
    size_t octets; /* up to there, in all */
};

/* Where something stands now that stood at `offset`. */
static size_t moved(const struct gap *gaps, unsigned count, size_t offset)
{
    while (count > 0 && gaps[count - 1].before > offset)
        count--;
    return count == 0 ? offset : offset - gaps[count - 1].octets;
}

enum { GAPS_MAX = 64 }; /* runs of records that are left out: one or two for each alias */

struct leaving_out {
    struct answer *answer;
    uint16_t qtype;
    size_t from, to; /* reading, writing */
    struct gap gaps[GAPS_MAX];
    unsigned gap_count;
};

static bool add_gap(struct leaving_out *work, size_t before, size_t octets)
{
    struct gap *last = work->gap_count == 0 ? NULL : &work->gaps[work->gap_count - 1];
    size_t sum = last == NULL ? octets : last->octets + octets;
    bool adjacent = last != NULL && last->before == before - octets;
    if (!adjacent && work->gap_count == GAPS_MAX)
        return false;
    work->gaps[adjacent ? work->gap_count - 1 : work->gap_count++] = (struct gap){before, sum};
    return true;
}

static bool leave_out_of_section(struct leaving_out *work, unsigned section)
{
    struct answer *answer = work->answer;
    uint16_t kept = 0;
    struct image_record record;
    for (unsigned i = 0; i < answer->count[section]; i++) {
        size_t start = work->from;
        if (!image_next(answer->wire, &work->from, answer->length, &record))
            return false;
        size_t size = work->from - start;
        if (is_left_out(record.type, work->qtype, section)) {
            if (!add_gap(work, work->from, size))
                return false;
            continue;
        }
        if ((record.owner[0] & 0xc0) == 0xc0) {
            size_t target = get16(record.owner) & POINTER_MAX;
            put16(record.owner, 0xc000 | (unsigned)moved(work->gaps, work->gap_count, target));
        }
        memmove(answer->wire + work->to, answer->wire + start, size);
        work->to += size;
        kept++;
    }
    answer->count[section] = kept;
    return true;
}

bool answer_leave_out_dnssec(struct answer *answer)
{
    struct dns_name qname = {answer->wire + DNS_HEADER_SIZE, 0};
    dns_name_from_wire(qname.wire, answer->length - DNS_HEADER_SIZE, &qname);
    size_t start = DNS_HEADER_SIZE + qname.length + 4u;
    struct leaving_out work = {
        .answer = answer, .qtype = get16(qname.wire + qname.length), .from = start, .to = start};
    if (!leave_out_of_section(&work, DNS_ANSWER))
        return false;
    size_t authority = work.to;
    if (!leave_out_of_section(&work, DNS_AUTHORITY))
        return false;
    size_t additional = work.to;
    if (!leave_out_of_section(&work, DNS_ADDITIONAL))
        return false;
    answer->authority = authority;
    answer->additional = additional;
    answer->length = work.to;
    answer->name_at = (uint16_t)moved(work.gaps, work.gap_count, answer->name_at);
    answer->dnssec = false;
    return true;
}
