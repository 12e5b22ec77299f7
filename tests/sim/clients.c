/* Who asks what, and when. */
#include <string.h>

#include "sim.h"

static uint16_t some_type(struct dice *dice)
{
    static const uint16_t types[] = {DNS_TYPE_A,     DNS_TYPE_A,   DNS_TYPE_A,   DNS_TYPE_A,  DNS_TYPE_AAAA,
                                     DNS_TYPE_AAAA,  DNS_TYPE_MX,  DNS_TYPE_TXT, DNS_TYPE_NS, DNS_TYPE_SOA,
                                     DNS_TYPE_CNAME, DNS_TYPE_PTR, DNS_TYPE_SRV, DNS_TYPE_DS, DNS_TYPE_DNAME,
                                     DNS_TYPE_HINFO, 65400};
    return types[dice_below(dice, sizeof types / sizeof *types)];
}

static void prepend_label(struct dice *dice, struct dns_name_buffer *name)
{
    static const char *const labels[] = {"www", "a", "b", "nosuch", "x1", "*", "deep", "_tcp", "ns1"};
    const char *label = labels[dice_below(dice, sizeof labels / sizeof *labels)];
    size_t length = strlen(label);
    if (name->length + length + 1 > DNS_NAME_MAX)
        return;
    memmove(name->wire + length + 1, name->wire, name->length);
    name->wire[0] = (uint8_t)length;
    memcpy(name->wire + 1, label, length);
    name->length = (uint8_t)(name->length + length + 1);
}

static void mix_case(struct dice *dice, struct dns_name_buffer *name)
{
    uint8_t bits[32];
    struct dns_name_buffer copy = *name;
    for (unsigned i = 0; i < sizeof bits; i++)
        bits[i] = (uint8_t)dice_roll(dice);
    dns_name_copy_0x20(name, dns_name_view(&copy), bits);
}

/* A few names are asked for often, most seldom. */
static struct dns_name popular(struct sim *sim, struct dice *dice)
{
    uint64_t u = dice_below(dice, 1000);
    uint64_t rank = u * u * u / 1000000 * sim->world->rrset_count / 1000;
    uint64_t index = (rank * 7919 + sim->order->seed) % sim->world->rrset_count;
    return rrset_owner(&sim->world->rrset[index]);
}

static void choose_name(struct sim *sim, struct dice *dice, struct dns_name_buffer *name)
{
    dns_name_copy(name, popular(sim, dice));
    if (name->length > 2 && name->wire[0] == 1 && name->wire[1] == '*' && dice_chance(dice, 800)) {
        dns_name_copy(name, dns_name_parent(popular(sim, dice)));
        prepend_label(dice, name);
    }
    if (dice_chance(dice, 120))
        dns_name_copy(name, dns_name_parent(dns_name_view(name)));
    while (dice_chance(dice, 200))
        prepend_label(dice, name);
    if (dice_chance(dice, 15))
        while (name->length < 230)
            prepend_label(dice, name);
    if (dice_chance(dice, 300))
        mix_case(dice, name);
}

/* A label that no zone has. */
static void make_strange(struct dice *dice, struct dns_name_buffer *name)
{
    enum { LABEL = 6 };
    if (name->length + LABEL + 1 > DNS_NAME_MAX)
        return;
    memmove(name->wire + LABEL + 1, name->wire, name->length);
    name->wire[0] = LABEL;
    for (unsigned i = 1; i <= LABEL; i++)
        name->wire[i] = (uint8_t)('a' + dice_below(dice, 26));
    name->length = (uint8_t)(name->length + LABEL + 1);
}

static void choose_question(struct sim *sim, struct dice *dice, struct ask *ask)
{
    choose_name(sim, dice, &ask->name);
    ask->type = some_type(dice);
    if (sim->scenario->strangers > 0 && dice_chance(dice, sim->scenario->strangers))
        make_strange(dice, &ask->name);
    if (sim->scenario->engines > 1)
        ask->seat = dice_below(dice, sim->scenario->engines);
    if (sim->scenario->any > 0 && dice_chance(dice, sim->scenario->any))
        ask->type = DNS_TYPE_ANY;
}

static uint64_t choose_time(struct sim *sim, struct dice *dice, uint64_t last)
{
    if (last != 0 && sim->scenario->together > 0 && dice_chance(dice, sim->scenario->together))
        return last + dice_below(dice, 4000);
    if (last != 0 && dice_chance(dice, sim->scenario->lonely ? 900 : 300))
        return last + dice_below(dice, sim->scenario->lonely ? 4000 : 100000);
    if (last != 0 && dice_chance(dice, 300))
        return last + dice_below(dice, 8 * (unsigned)SECOND);
    return 1 + dice_roll(dice) % sim->world->horizon;
}

/* Where zones are signed some ask for signatures, and some check by themselves; with dice of their own. */
static void ask_for_signatures(struct sim *sim, struct ask *ask, struct dice *dice)
{
    if (!sim->scenario->signatures)
        return;
    if (dice_chance(dice, 30))
        ask->type = DNS_TYPE_RRSIG;
    ask->unchecked = dice_chance(dice, 80);
    if (ask->unchecked && dice_chance(dice, 150)) {
        dns_name_copy(&ask->name, dns_name_root());
        ask->type = DNS_TYPE_NS;
    }
}

void clients_plan(struct sim *sim)
{
    struct dice dice = dice_make(sim->order->seed, 2), more = dice_make(sim->order->seed, 11);
    uint64_t last = 0;
    sim->ask_count = dice_between(&dice, sim->scenario->questions / 4, sim->scenario->questions);
    if (sim->ask_count > QUESTIONS_MAX)
        sim->ask_count = QUESTIONS_MAX;
    for (unsigned i = 0; i < sim->ask_count; i++) {
        struct ask *ask = &sim->ask[i];
        if (i > 0 && dice_chance(&dice, 200)) {
            const struct ask *before = &sim->ask[dice_below(&dice, i)];
            ask->name = before->name;
            ask->type = before->type;
            if (sim->scenario->engines > 1)
                ask->seat = dice_below(&dice, sim->scenario->engines);
        } else {
            choose_question(sim, &dice, ask);
        }
        ask_for_signatures(sim, ask, &more);
        last = ask->at = choose_time(sim, &dice, last);
        if (!sim->order->left_out[i])
            sim_arrive(sim, &(struct arrival){.kind = ARRIVE_QUESTION, .index = i}, ask->at);
    }
}
