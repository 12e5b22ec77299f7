/* What the nodes of a finished tree know of each other. */
#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/types.h"
#include "zones/build.h"

enum { TYPE_NSEC3PARAM = 51, NSEC3_SALT_LENGTH = 4, NSEC3_SALT = 5, NSEC3_SHA1 = 1 };

static uint8_t flags_of(const struct zone *zone, uint32_t node)
{
    uint8_t flags = 0;
    if (node != 0 && node_set(zone, node, DNS_TYPE_NS) != NULL)
        flags |= NODE_CUT;
    if (node_set(zone, node, DNS_TYPE_DNAME) != NULL)
        flags |= NODE_DNAME;
    if (node_set(zone, node, DNS_TYPE_CNAME) != NULL)
        flags |= NODE_CNAME;
    return flags;
}

static bool is_wildcard(struct dns_name name)
{
    return name.wire[0] == 1 && name.wire[1] == '*';
}

/* Parents stand before their children, so that each node finds its parent's word. What is at a wildcard is no
   cut and no DNAME for the names that it makes (RFC 4592 §4.2, RFC 6672 §3.3). */
static void link_node(struct zone *zone, uint32_t node)
{
    struct zone_node *at = &zone->nodes[node];
    struct dns_name name = node_name(zone, node), up = dns_name_parent(name);
    at->flags |= flags_of(zone, node);
    zone->cuts |= (at->flags & NODE_CUT) != 0;
    at->above = 0;
    if (node != 0) {
        struct zone_node *parent = &zone->nodes[zone_find(zone, up, name_hash(&zone->key, up))];
        uint32_t number = (uint32_t)(parent - zone->nodes) + 1;
        if (is_wildcard(name))
            parent->flags |= NODE_WILDCARD_CHILD;
        at->above = parent->above != 0 ? parent->above : parent->flags & NODE_DNAME ? number : 0;
    }
    if (at->above == 0 && at->flags & NODE_CUT)
        at->above = node + 1;
    if (node_set(zone, node, DNS_TYPE_NSEC) != NULL)
        zone->nsec[zone->nsec_count++] = node;
}

/* RFC 5155 §4, §7.1: the apex tells by which parameters the chain is made; unknown algorithms and flags are
   not looked at. */
static void link_nsec3(struct zone *zone)
{
    const struct zone_set *set = node_set(zone, 0, TYPE_NSEC3PARAM);
    const uint8_t *at = set != NULL ? zone->octets + set->octets : NULL;
    for (unsigned i = 0; set != NULL && i < set->count; i++) {
        const uint8_t *rdata = at + IMAGE_FIXED;
        unsigned length = get16(at + IMAGE_LENGTH);
        if (length >= NSEC3_SALT && rdata[0] == NSEC3_SHA1 && rdata[1] == 0 &&
            length == NSEC3_SALT + (unsigned)rdata[NSEC3_SALT_LENGTH] && zone->all_nodes > zone->node_count) {
            zone->nsec3 = true;
            zone->nsec3_iterations = get16(rdata + 2);
            zone->nsec3_salt_length = rdata[NSEC3_SALT_LENGTH];
            zone->nsec3_salt = rdata + NSEC3_SALT;
            return;
        }
        at += IMAGE_FIXED + length;
    }
}

void link_tree(struct zone *zone)
{
    for (uint32_t node = 0; node < zone->all_nodes; node++)
        zone->nodes[node].flags = 0;
    for (uint32_t node = 0; node < zone->node_count; node++)
        link_node(zone, node);
    link_nsec3(zone);
}
