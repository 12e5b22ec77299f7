#include "dns/error.h"

#include <stddef.h>

const char *dns_error_text(enum dns_error error)
{
    switch (error) {
    case DNS_OK:
        return "no error";
    case DNS_ERROR_SHORT:
        return "octets end before what they announce";
    case DNS_ERROR_NAME:
        return "a label or a name is too long or is not one";
    case DNS_ERROR_POINTER:
        return "a compression pointer does not point backward";
    case DNS_ERROR_WORK:
        return "there are too many compression pointers";
    case DNS_ERROR_RDATA:
        return "rdata is not of its type's form";
    case DNS_ERROR_EDNS:
        return "an OPT record is misplaced, repeated or malformed";
    case DNS_ERROR_TRAILING:
        return "octets follow the last record";
    case DNS_ERROR_TOO_MANY:
        return "there are more records than there is room for";
    case DNS_ERROR_SPACE:
        return "the result does not fit where it should go";
    case DNS_ERROR_TEXT:
        return "the text is no record, type, class or address";
    }
    return "an unknown error";
}
