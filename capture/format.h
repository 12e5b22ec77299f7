/*
 * What a capture looks like. A head, then records, each a kind, its length, and fields (capture/fields.h):
 *
 *      octets   0  89 "rwalk" 0d 0a     8  version     10  octets of the records     14  their SHA-256
 *              46  records: SETUP, then what happened in its order, END
 *
 * Numbers in the head are in network order. The calls into the engine (resolver/tape.h) are records of their own, and
 * so is all that comes out of it; an event follows the call that it happens in.
 */
#ifndef CAPTURE_FORMAT_H
#define CAPTURE_FORMAT_H

enum {
    CAPTURE_MAGIC_OCTETS = 8,
    CAPTURE_VERSION = 2,
    CAPTURE_VERSION_AT = 8,
    CAPTURE_LENGTH_AT = 10,
    CAPTURE_DIGEST_AT = 14,
    CAPTURE_HEAD = 46,
    CAPTURE_DIGEST = 32,
    CAPTURE_OCTETS_MAX = 32 << 20,
    CAPTURE_SEED = 32,
    CAPTURE_TEXT = 64, /* the version of rootwalk */
    CAPTURE_WIRE_MAX = 65535,
};

#define CAPTURE_MAGIC "\x89rwalk\r\n"

/* The numbers are the file's. */
enum capture_record {
    RECORD_SETUP = 1, /* seed, who wrote it, the engine's options */
    RECORD_ENTRY, /* time, an entry of the cache: kind, type, name, rank, mark, ttl, age, hits, source, data */
    RECORD_ZONE,  /* name, hash: what the marks of lame servers in entries are marks of */
    RECORD_OURS,  /* name, type, zone: the name is in a zone of our own */
    RECORD_OWN_WORD, /* name, type, octets: what is said of it there; no octets: it cannot be served */
    RECORD_CLOCK,    /* now, wall */
    RECORD_ASK,      /* now, name, type, flags, notes as events */
    RECORD_PRIME,    /* now */
    RECORD_RECEIVE,  /* now, exchange, from, transport, octets */
    RECORD_FAILED,   /* now, exchange, failure */
    RECORD_WAKE,     /* now */
    RECORD_NOTHING,  /* there is no effect (any more) */
    RECORD_SEND,     /* exchange, server, transport, octets */
    RECORD_OVER,     /* exchange */
    RECORD_ANSWER,   /* rcode, extended error with its text, id, trust, counts, octets behind the header */
    RECORD_EVENT,    /* as event_pack() has it */
    RECORD_END,      /* how many events, calls and packets there are */
    RECORD_KINDS
};

#endif
