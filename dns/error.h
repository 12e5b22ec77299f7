/* What can be wrong with octets or text of the DNS. */
#ifndef DNS_ERROR_H
#define DNS_ERROR_H

enum dns_error {
    DNS_OK = 0,
    DNS_ERROR_SHORT,    /* fewer octets than a header, or than a length promises */
    DNS_ERROR_NAME,     /* a label or a name that is too long or not one */
    DNS_ERROR_POINTER,  /* a compression pointer that does not point strictly backward */
    DNS_ERROR_WORK,     /* more compression pointers than a name or a message may have */
    DNS_ERROR_RDATA,    /* rdata that is not of its type's form */
    DNS_ERROR_EDNS,     /* two OPT records, or one outside the additional section */
    DNS_ERROR_TRAILING, /* octets after the last record */
    DNS_ERROR_TOO_MANY, /* more records than the caller made room for */
    DNS_ERROR_SPACE,    /* the result does not fit where it should go */
    DNS_ERROR_TEXT,     /* text that is no record, type, class or address */
};

/* One English clause, such as "a compression pointer does not point backward". */
const char *dns_error_text(enum dns_error error);

#endif
