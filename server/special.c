#include "server/local.h"

#define SOA "@ 3600 SOA localhost. nobody.invalid. 1 3600 1200 604800 3600\n@ 3600 NS localhost.\n"
#define EMPTY(name)                                                                                          \
    {                                                                                                        \
        name, SOA                                                                                            \
    }

/* clang-format off */
static const struct special_name names[] = {
    /* this host, RFC 6761 §6.3 */
    {"localhost", SOA "@ 3600 A 127.0.0.1\n@ 3600 AAAA ::1\n* 3600 A 127.0.0.1\n* 3600 AAAA ::1\n"},
    {"127.in-addr.arpa", SOA "1.0.0 3600 PTR localhost.\n"},
    {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa", SOA "@ 3600 PTR localhost.\n"},
    /* never in the public tree, RFC 6761, 7686 */
    EMPTY("invalid"), EMPTY("test"), EMPTY("onion"),
    /* of this network, RFC 8375, 9462 */
    EMPTY("home.arpa"), EMPTY("resolver.arpa"),
    /* RFC 8880 */
    {"ipv4only.arpa", SOA "@ 3600 A 192.0.0.170\n@ 3600 A 192.0.0.171\n"},
    {"170.0.0.192.in-addr.arpa", SOA "@ 3600 PTR ipv4only.arpa.\n"},
    {"171.0.0.192.in-addr.arpa", SOA "@ 3600 PTR ipv4only.arpa.\n"},
    /* addresses of private networks and of none, RFC 6303 §4, RFC 7793 */
    EMPTY("0.in-addr.arpa"), EMPTY("10.in-addr.arpa"), EMPTY("168.192.in-addr.arpa"), EMPTY("254.169.in-addr.arpa"),
    EMPTY("2.0.192.in-addr.arpa"), EMPTY("100.51.198.in-addr.arpa"), EMPTY("113.0.203.in-addr.arpa"),
    EMPTY("255.255.255.255.in-addr.arpa"),
    EMPTY("16.172.in-addr.arpa"), EMPTY("17.172.in-addr.arpa"), EMPTY("18.172.in-addr.arpa"), EMPTY("19.172.in-addr.arpa"),
    EMPTY("20.172.in-addr.arpa"), EMPTY("21.172.in-addr.arpa"), EMPTY("22.172.in-addr.arpa"), EMPTY("23.172.in-addr.arpa"),
    EMPTY("24.172.in-addr.arpa"), EMPTY("25.172.in-addr.arpa"), EMPTY("26.172.in-addr.arpa"), EMPTY("27.172.in-addr.arpa"),
    EMPTY("28.172.in-addr.arpa"), EMPTY("29.172.in-addr.arpa"), EMPTY("30.172.in-addr.arpa"), EMPTY("31.172.in-addr.arpa"),
    EMPTY("64.100.in-addr.arpa"), EMPTY("65.100.in-addr.arpa"), EMPTY("66.100.in-addr.arpa"), EMPTY("67.100.in-addr.arpa"),
    EMPTY("68.100.in-addr.arpa"), EMPTY("69.100.in-addr.arpa"), EMPTY("70.100.in-addr.arpa"), EMPTY("71.100.in-addr.arpa"),
    EMPTY("72.100.in-addr.arpa"), EMPTY("73.100.in-addr.arpa"), EMPTY("74.100.in-addr.arpa"), EMPTY("75.100.in-addr.arpa"),
    EMPTY("76.100.in-addr.arpa"), EMPTY("77.100.in-addr.arpa"), EMPTY("78.100.in-addr.arpa"), EMPTY("79.100.in-addr.arpa"),
    EMPTY("80.100.in-addr.arpa"), EMPTY("81.100.in-addr.arpa"), EMPTY("82.100.in-addr.arpa"), EMPTY("83.100.in-addr.arpa"),
    EMPTY("84.100.in-addr.arpa"), EMPTY("85.100.in-addr.arpa"), EMPTY("86.100.in-addr.arpa"), EMPTY("87.100.in-addr.arpa"),
    EMPTY("88.100.in-addr.arpa"), EMPTY("89.100.in-addr.arpa"), EMPTY("90.100.in-addr.arpa"), EMPTY("91.100.in-addr.arpa"),
    EMPTY("92.100.in-addr.arpa"), EMPTY("93.100.in-addr.arpa"), EMPTY("94.100.in-addr.arpa"), EMPTY("95.100.in-addr.arpa"),
    EMPTY("96.100.in-addr.arpa"), EMPTY("97.100.in-addr.arpa"), EMPTY("98.100.in-addr.arpa"), EMPTY("99.100.in-addr.arpa"),
    EMPTY("100.100.in-addr.arpa"), EMPTY("101.100.in-addr.arpa"), EMPTY("102.100.in-addr.arpa"), EMPTY("103.100.in-addr.arpa"),
    EMPTY("104.100.in-addr.arpa"), EMPTY("105.100.in-addr.arpa"), EMPTY("106.100.in-addr.arpa"), EMPTY("107.100.in-addr.arpa"),
    EMPTY("108.100.in-addr.arpa"), EMPTY("109.100.in-addr.arpa"), EMPTY("110.100.in-addr.arpa"), EMPTY("111.100.in-addr.arpa"),
    EMPTY("112.100.in-addr.arpa"), EMPTY("113.100.in-addr.arpa"), EMPTY("114.100.in-addr.arpa"), EMPTY("115.100.in-addr.arpa"),
    EMPTY("116.100.in-addr.arpa"), EMPTY("117.100.in-addr.arpa"), EMPTY("118.100.in-addr.arpa"), EMPTY("119.100.in-addr.arpa"),
    EMPTY("120.100.in-addr.arpa"), EMPTY("121.100.in-addr.arpa"), EMPTY("122.100.in-addr.arpa"), EMPTY("123.100.in-addr.arpa"),
    EMPTY("124.100.in-addr.arpa"), EMPTY("125.100.in-addr.arpa"), EMPTY("126.100.in-addr.arpa"), EMPTY("127.100.in-addr.arpa"),
    EMPTY("0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa"),
    EMPTY("d.f.ip6.arpa"), EMPTY("8.e.f.ip6.arpa"), EMPTY("9.e.f.ip6.arpa"), EMPTY("a.e.f.ip6.arpa"),
    EMPTY("b.e.f.ip6.arpa"), EMPTY("8.b.d.0.1.0.0.2.ip6.arpa"),
};
/* clang-format on */

const struct special_name *special_name_at(size_t number)
{
    return number < sizeof names / sizeof names[0] ? &names[number] : NULL;
}
