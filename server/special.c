/* Names that nobody outside is to be asked for: IANA's registries of special-use names and of locally served zones. */
#include "server/local.h"

#define SOA "@ 3600 SOA localhost. nobody.invalid. 1 3600 1200 604800 3600\n@ 3600 NS localhost.\n"
#define EMPTY(why, name)                                                                                     \
    {                                                                                                        \
        name, SOA, why                                                                                       \
    }

/* clang-format off */
static const struct special_name names[] = {
    /* this host */
    {"localhost", SOA "@ 3600 A 127.0.0.1\n@ 3600 AAAA ::1\n* 3600 A 127.0.0.1\n* 3600 AAAA ::1\n", "RFC 6761"},
    {"127.in-addr.arpa", SOA "1.0.0 3600 PTR localhost.\n", "RFC 6303"},
    {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa", SOA "@ 3600 PTR localhost.\n", "RFC 6303"},
    /* never in the public tree */
    EMPTY("RFC 6761", "invalid"), EMPTY("RFC 6761", "test"), EMPTY("RFC 7686", "onion"),
    /* of this network */
    EMPTY("RFC 8375", "home.arpa"), EMPTY("RFC 9462", "resolver.arpa"), EMPTY("RFC 9665", "service.arpa"),
    /* whether there is a NAT64: not that we know of */
    {"ipv4only.arpa", SOA "@ 3600 A 192.0.0.170\n@ 3600 A 192.0.0.171\n", "RFC 8880"},
    {"170.0.0.192.in-addr.arpa", SOA "@ 3600 PTR ipv4only.arpa.\n", "RFC 8880"},
    {"171.0.0.192.in-addr.arpa", SOA "@ 3600 PTR ipv4only.arpa.\n", "RFC 8880"},
    /* addresses of private networks, of examples, and of none */
    EMPTY("RFC 6303", "0.in-addr.arpa"), EMPTY("RFC 6303", "10.in-addr.arpa"), EMPTY("RFC 6303", "168.192.in-addr.arpa"),
    EMPTY("RFC 6303", "254.169.in-addr.arpa"), EMPTY("RFC 6303", "2.0.192.in-addr.arpa"), EMPTY("RFC 6303", "100.51.198.in-addr.arpa"),
    EMPTY("RFC 6303", "113.0.203.in-addr.arpa"), EMPTY("RFC 6303", "255.255.255.255.in-addr.arpa"), EMPTY("RFC 6303", "16.172.in-addr.arpa"),
    EMPTY("RFC 6303", "17.172.in-addr.arpa"), EMPTY("RFC 6303", "18.172.in-addr.arpa"), EMPTY("RFC 6303", "19.172.in-addr.arpa"),
    EMPTY("RFC 6303", "20.172.in-addr.arpa"), EMPTY("RFC 6303", "21.172.in-addr.arpa"), EMPTY("RFC 6303", "22.172.in-addr.arpa"),
    EMPTY("RFC 6303", "23.172.in-addr.arpa"), EMPTY("RFC 6303", "24.172.in-addr.arpa"), EMPTY("RFC 6303", "25.172.in-addr.arpa"),
    EMPTY("RFC 6303", "26.172.in-addr.arpa"), EMPTY("RFC 6303", "27.172.in-addr.arpa"), EMPTY("RFC 6303", "28.172.in-addr.arpa"),
    EMPTY("RFC 6303", "29.172.in-addr.arpa"), EMPTY("RFC 6303", "30.172.in-addr.arpa"), EMPTY("RFC 6303", "31.172.in-addr.arpa"),
    EMPTY("RFC 6303", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa"),
    EMPTY("RFC 6303", "d.f.ip6.arpa"), EMPTY("RFC 6303", "8.e.f.ip6.arpa"), EMPTY("RFC 6303", "9.e.f.ip6.arpa"),
    EMPTY("RFC 6303", "a.e.f.ip6.arpa"), EMPTY("RFC 6303", "b.e.f.ip6.arpa"), EMPTY("RFC 6303", "8.b.d.0.1.0.0.2.ip6.arpa"),
    /* those that providers share among their customers, 100.64.0.0/10 */
    EMPTY("RFC 7793", "64.100.in-addr.arpa"), EMPTY("RFC 7793", "65.100.in-addr.arpa"), EMPTY("RFC 7793", "66.100.in-addr.arpa"),
    EMPTY("RFC 7793", "67.100.in-addr.arpa"), EMPTY("RFC 7793", "68.100.in-addr.arpa"), EMPTY("RFC 7793", "69.100.in-addr.arpa"),
    EMPTY("RFC 7793", "70.100.in-addr.arpa"), EMPTY("RFC 7793", "71.100.in-addr.arpa"), EMPTY("RFC 7793", "72.100.in-addr.arpa"),
    EMPTY("RFC 7793", "73.100.in-addr.arpa"), EMPTY("RFC 7793", "74.100.in-addr.arpa"), EMPTY("RFC 7793", "75.100.in-addr.arpa"),
    EMPTY("RFC 7793", "76.100.in-addr.arpa"), EMPTY("RFC 7793", "77.100.in-addr.arpa"), EMPTY("RFC 7793", "78.100.in-addr.arpa"),
    EMPTY("RFC 7793", "79.100.in-addr.arpa"), EMPTY("RFC 7793", "80.100.in-addr.arpa"), EMPTY("RFC 7793", "81.100.in-addr.arpa"),
    EMPTY("RFC 7793", "82.100.in-addr.arpa"), EMPTY("RFC 7793", "83.100.in-addr.arpa"), EMPTY("RFC 7793", "84.100.in-addr.arpa"),
    EMPTY("RFC 7793", "85.100.in-addr.arpa"), EMPTY("RFC 7793", "86.100.in-addr.arpa"), EMPTY("RFC 7793", "87.100.in-addr.arpa"),
    EMPTY("RFC 7793", "88.100.in-addr.arpa"), EMPTY("RFC 7793", "89.100.in-addr.arpa"), EMPTY("RFC 7793", "90.100.in-addr.arpa"),
    EMPTY("RFC 7793", "91.100.in-addr.arpa"), EMPTY("RFC 7793", "92.100.in-addr.arpa"), EMPTY("RFC 7793", "93.100.in-addr.arpa"),
    EMPTY("RFC 7793", "94.100.in-addr.arpa"), EMPTY("RFC 7793", "95.100.in-addr.arpa"), EMPTY("RFC 7793", "96.100.in-addr.arpa"),
    EMPTY("RFC 7793", "97.100.in-addr.arpa"), EMPTY("RFC 7793", "98.100.in-addr.arpa"), EMPTY("RFC 7793", "99.100.in-addr.arpa"),
    EMPTY("RFC 7793", "100.100.in-addr.arpa"), EMPTY("RFC 7793", "101.100.in-addr.arpa"), EMPTY("RFC 7793", "102.100.in-addr.arpa"),
    EMPTY("RFC 7793", "103.100.in-addr.arpa"), EMPTY("RFC 7793", "104.100.in-addr.arpa"), EMPTY("RFC 7793", "105.100.in-addr.arpa"),
    EMPTY("RFC 7793", "106.100.in-addr.arpa"), EMPTY("RFC 7793", "107.100.in-addr.arpa"), EMPTY("RFC 7793", "108.100.in-addr.arpa"),
    EMPTY("RFC 7793", "109.100.in-addr.arpa"), EMPTY("RFC 7793", "110.100.in-addr.arpa"), EMPTY("RFC 7793", "111.100.in-addr.arpa"),
    EMPTY("RFC 7793", "112.100.in-addr.arpa"), EMPTY("RFC 7793", "113.100.in-addr.arpa"), EMPTY("RFC 7793", "114.100.in-addr.arpa"),
    EMPTY("RFC 7793", "115.100.in-addr.arpa"), EMPTY("RFC 7793", "116.100.in-addr.arpa"), EMPTY("RFC 7793", "117.100.in-addr.arpa"),
    EMPTY("RFC 7793", "118.100.in-addr.arpa"), EMPTY("RFC 7793", "119.100.in-addr.arpa"), EMPTY("RFC 7793", "120.100.in-addr.arpa"),
    EMPTY("RFC 7793", "121.100.in-addr.arpa"), EMPTY("RFC 7793", "122.100.in-addr.arpa"), EMPTY("RFC 7793", "123.100.in-addr.arpa"),
    EMPTY("RFC 7793", "124.100.in-addr.arpa"), EMPTY("RFC 7793", "125.100.in-addr.arpa"), EMPTY("RFC 7793", "126.100.in-addr.arpa"),
    EMPTY("RFC 7793", "127.100.in-addr.arpa"),
};
/* clang-format on */

const struct special_name *special_name_at(size_t number)
{
    return number < sizeof names / sizeof names[0] ? &names[number] : NULL;
}
