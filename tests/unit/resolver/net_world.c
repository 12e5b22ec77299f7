/* A small world for tests that need nothing special. */
#include "net.h"

struct net *net_small(void)
{
    struct net *net = net_create();
    net_zone(net, ".", "198.41.0.4",
             ". NS a.root-servers.net.\na.root-servers.net. A 198.41.0.4\n"
             "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n"
             "org. NS a.org-servers.org.\na.org-servers.org. A 192.0.2.2\n");
    net_zone(net, "com.", "192.0.2.1",
             "com. NS a.gtld.com.\na.gtld.com. A 192.0.2.1\n"
             "example.com. NS ns1.example.com.\nexample.com. NS ns2.example.com.\n"
             "ns1.example.com. A 192.0.2.11\nns2.example.com. A 192.0.2.12\n");
    net_zone(net, "org.", "192.0.2.2",
             "org. NS a.org-servers.org.\na.org-servers.org. A 192.0.2.2\n"
             "example.org. NS ns1.example.com.\n");
    net_zone(net, "example.com.", "192.0.2.11 192.0.2.12",
             "example.com. NS ns1.example.com.\nexample.com. NS ns2.example.com.\n"
             "ns1.example.com. A 192.0.2.11\nns2.example.com. A 192.0.2.12\n"
             "www.example.com. 300 A 203.0.113.80\nexample.com. MX 10 mail.example.org.\n"
             "alias.example.com. CNAME www.example.com.\nabroad.example.com. 60 CNAME www.example.org.\n"
             "old.example.com. DNAME example.org.\na.b.c.example.com. A 203.0.113.3\n");
    net_zone(net, "example.org.", "192.0.2.11",
             "example.org. NS ns1.example.com.\nwww.example.org. A 203.0.113.81\nmail.example.org. A "
             "203.0.113.25\n");
    return net;
}

int net_small_up(void **state)
{
    *state = net_small();
    return 0;
}

int net_down(void **state)
{
    net_end(*state);
    return 0;
}
