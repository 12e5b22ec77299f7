/*
 * Walking along a possibly compressed name in a packet, for the inside of dns/. One place where
 * pointers are followed: strictly backward (each target lies before the start of the labels that led
 * to it), never into the header, at most DNS_POINTERS_PER_NAME, and against a message's budget.
 */
#ifndef DNS_WALK_H
#define DNS_WALK_H

#include <stddef.h>
#include <stdint.h>

#include "dns/message.h"

struct walk {
    const uint8_t *wire;
    size_t end;   /* octets of `wire` that may be read */
    size_t at;    /* the next label */
    size_t start; /* where the labels being read began; a pointer must go before it */
    size_t after; /* behind the name where it began; 0 while no pointer was met */
    unsigned pointers;
    uint32_t *budget;
};

static inline struct walk walk_start(const uint8_t *wire, size_t end, size_t offset, uint32_t *budget)
{
    return (struct walk){.wire = wire, .end = end, .at = offset, .start = offset, .budget = budget};
}

/* Follows the pointer at walk->at. */
static inline enum dns_error walk_jump(struct walk *walk)
{
    if (walk->at + 2 > walk->end)
        return DNS_ERROR_SHORT;
    size_t target = (size_t)(walk->wire[walk->at] & 0x3f) << 8 | walk->wire[walk->at + 1];
    if (target >= walk->start || target < DNS_HEADER_SIZE)
        return DNS_ERROR_POINTER;
    if (walk->pointers == DNS_POINTERS_PER_NAME || *walk->budget == 0)
        return DNS_ERROR_WORK;
    if (walk->pointers == 0)
        walk->after = walk->at + 2;
    walk->pointers++;
    --*walk->budget;
    walk->at = walk->start = target;
    return DNS_OK;
}

/* Goes to the next label, following pointers, and hands it out with its length octet in front; the
   label's octets are all there. The root's label has length 0 and ends the walk. */
static inline enum dns_error walk_label(struct walk *walk, const uint8_t **label)
{
    for (;;) {
        if (walk->at >= walk->end)
            return DNS_ERROR_SHORT;
        uint8_t octet = walk->wire[walk->at];
        if (octet <= DNS_LABEL_MAX) {
            if (walk->end - walk->at - 1 < octet)
                return DNS_ERROR_SHORT;
            *label = walk->wire + walk->at;
            walk->at += 1 + (size_t)octet;
            return DNS_OK;
        }
        if (octet < 0xc0)
            return DNS_ERROR_NAME;
        enum dns_error error = walk_jump(walk);
        if (error != DNS_OK)
            return error;
    }
}

/* After the root's label: the offset behind the name where it began. */
static inline size_t walk_after(const struct walk *walk)
{
    return walk->pointers > 0 ? walk->after : walk->at;
}

/* Reads the whole name at `offset`; *after is the offset behind it. */
enum dns_error dns_walk_name(const uint8_t *wire, size_t end, size_t offset, uint32_t *budget,
                             struct dns_name_buffer *name, size_t *after);

#endif
