#include "scenario.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

#define TRICKS                                                                                               \
    [FAULT_DUPLICATE] = 40, [FAULT_REORDER] = 60, [FAULT_TRUNCATE] = 30, [FAULT_CUT] = 20,                   \
    [FAULT_STRIP_EDNS] = 30, [FAULT_NO_EDNS] = 10, [FAULT_STRAY] = 100, [FAULT_WRONG_CASE] = 10
#define SPOOFS                                                                                               \
    [FAULT_SPOOF_ID] = 40, [FAULT_SPOOF_SOURCE] = 60, [FAULT_SPOOF_CASE] = 20, [FAULT_SPOOF_QUESTION] = 40,  \
    [FAULT_SPOOF_TRANSPORT] = 40, [FAULT_SPOOF_LATE] = 60
#define FAILURES                                                                                             \
    [FAULT_LOSS] = 80, [FAULT_DELAY] = 30, [FAULT_UNREACHABLE] = 15, [FAULT_RESET] = 15,                     \
    [FAULT_MALFORMED] = 20, [FAULT_SERVFAIL] = 20, [FAULT_REFUSED] = 10, [FAULT_LAME] = 10,                  \
    [FAULT_EMPTY] = 10
#define SPOILT                                                                                               \
    [FAULT_STRIP_DO] = 10, [FAULT_STRIP_RRSIG] = 15, [FAULT_DAMAGE_RRSIG] = 15, [FAULT_OLD_RRSIG] = 15,      \
    [FAULT_STRIP_DENIAL] = 15, [FAULT_FOREIGN_DENIAL] = 10, [FAULT_FORGE_SIGNED] = 15,                       \
    [FAULT_FALSE_ABSENCE] = 10, [FAULT_BESIDE] = 25

/* -- named ones --------------------------------------------------------------------------------- */

static const struct scenario named[] = {
    {.name = "clean", .text = "nothing goes wrong and nothing changes", .zones = 40, .questions = 120},
    {.name = "changing", .text = "records come and go", .zones = 24, .questions = 200, .changes = 60},
    {.name = "moving",
     .text = "domains are revoked and restored, servers move and leave ghosts behind",
     .zones = 24,
     .questions = 200,
     .changes = 60,
     .moves = true},
    {.name = "odd",
     .text = "lame and cyclic delegations, missing glue, servers with habits",
     .zones = 40,
     .questions = 120,
     .odd = true,
     .quirks = true},
    {.name = "tricks",
     .text = "what a resolver has to cope with: it must not fail",
     .zones = 24,
     .questions = 120,
     .changes = 20,
     .quirks = true,
     .fault = {TRICKS}},
    {.name = "spoofed",
     .text = "somebody off the path guesses: it must not help him, nor make us fail",
     .zones = 24,
     .questions = 120,
     .fault = {SPOOFS, [FAULT_STRAY] = 100}},
    {.name = "lossy",
     .text = "packets are lost, servers fail now and then",
     .zones = 24,
     .questions = 150,
     .changes = 20,
     .quirks = true,
     .fault = {TRICKS, FAILURES}},
    {.name = "one-good",
     .text = "one name server of each zone is well, the others are not",
     .zones = 12,
     .questions = 120,
     .one_good = true,
     .fault = {[FAULT_LOSS] = 300,
               [FAULT_DELAY] = 100,
               [FAULT_UNREACHABLE] = 100,
               [FAULT_RESET] = 100,
               [FAULT_MALFORMED] = 50,
               [FAULT_SERVFAIL] = 100,
               [FAULT_REFUSED] = 100,
               [FAULT_LAME] = 50,
               [FAULT_EMPTY] = 50}},
    {.name = "outage",
     .text = "long outages of servers, and of everything",
     .zones = 16,
     .questions = 150,
     .changes = 10,
     .fault = {[FAULT_LOSS] = 5, [FAULT_OUTAGE] = 12, [FAULT_OUTAGE_ALL] = 2}},
    {.name = "asleep",
     .text = "the machine is suspended now and then",
     .zones = 16,
     .questions = 150,
     .changes = 40,
     .moves = true,
     .fault = {[FAULT_REORDER] = 100, [FAULT_JUMP] = 8}},
    {.name = "wide",
     .text = "many name servers without glue, and most packets lost: work has to stay bounded",
     .zones = 48,
     .questions = 60,
     .wide = true,
     .odd = true,
     .fault = {[FAULT_LOSS] = 500, [FAULT_SERVFAIL] = 350, [FAULT_REFUSED] = 100}},
    {.name = "jitter",
     .text = "one name server for each zone, now and then slow, and many questions at once",
     .zones = 8,
     .questions = 250,
     .lonely = true,
     .fault = {[FAULT_DUPLICATE] = 10}},
    {.name = "storm",
     .text = "everything at once",
     .zones = 40,
     .questions = 200,
     .changes = 60,
     .odd = true,
     .quirks = true,
     .moves = true,
     .fault = {TRICKS, SPOOFS, FAILURES, [FAULT_OUTAGE] = 6, [FAULT_OUTAGE_ALL] = 1, [FAULT_JUMP] = 3}},
    {.name = "signed",
     .text = "signed zones, with rolling keys, broken ones among them",
     .zones = 24,
     .questions = 150,
     .changes = 30,
     .moves = true,
     .signatures = true,
     .marked = true,
     .fault = {SPOILT}},
    {.name = "signed-storm",
     .text = "signed zones, and everything at once",
     .zones = 30,
     .questions = 150,
     .changes = 40,
     .odd = true,
     .quirks = true,
     .moves = true,
     .signatures = true,
     .marked = true,
     .fault = {TRICKS, SPOOFS, FAILURES, SPOILT, [FAULT_OUTAGE] = 4, [FAULT_JUMP] = 3}},
    {.name = "signed-clock",
     .text = "signed zones, and a clock on the wall that is wrong for a while",
     .zones = 20,
     .questions = 200,
     .changes = 20,
     .signatures = true,
     .marked = true,
     .fault = {SPOILT, [FAULT_CLOCK] = 3}},
};

/* -- ideas ---------------------------------------------------------------------------------------- */

static const struct scenario internets[] = {
    {.name = "plain", .text = "a few zones", .zones = 16},
    {.name = "deep", .text = "zones up to six levels deep", .zones = 30, .deep = true},
    {.name = "glueless", .text = "name servers in strangers' zones", .zones = 24, .glueless = true},
    {.name = "wide", .text = "many name servers without glue", .zones = 32, .wide = true},
    {.name = "lonely", .text = "one name server for each zone", .zones = 16, .lonely = true},
    {.name = "shared", .text = "few servers, which have parents and children", .zones = 24, .shared = true},
    {.name = "odd", .text = "lame and cyclic delegations, missing glue", .zones = 32, .odd = true},
    {.name = "habits", .text = "servers with habits", .zones = 20, .quirks = true, .no_tcp = true},
    {.name = "aliased", .text = "aliases from zone to zone", .zones = 16, .aliased = true},
    {.name = "wild", .text = "wildcards and empty non-terminals", .zones = 16, .wild = true},
    {.name = "renamed", .text = "name servers whose name is an alias", .zones = 24, .renamed = true},
    {.name = "one-good", .text = "one name server of each zone is well", .zones = 16, .one_good = true},
    {.name = "signed",
     .text = "signed zones, and attacks on them",
     .zones = 20,
     .signatures = true,
     .fault = {SPOILT}},
};

static const struct scenario troubles[] = {
    {.name = "calm", .text = "nothing goes wrong"},
    {.name = "tricks", .text = "duplicates, truncation, servers without EDNS", .fault = {TRICKS}},
    {.name = "spoofed", .text = "somebody off the path guesses", .fault = {SPOOFS, [FAULT_STRAY] = 100}},
    {.name = "lossy", .text = "packets are lost", .fault = {[FAULT_LOSS] = 150, [FAULT_REORDER] = 100}},
    {.name = "late",
     .text = "packets are late, twice, in another order",
     .fault = {[FAULT_DELAY] = 60, [FAULT_REORDER] = 300, [FAULT_DUPLICATE] = 100, [FAULT_SPOOF_LATE] = 60}},
    {.name = "slow",
     .text = "servers are slow for a while",
     .fault = {[FAULT_SLOW] = 16, [FAULT_REORDER] = 50}},
    {.name = "truncated",
     .text = "answers are truncated, and connections fail",
     .fault = {[FAULT_TRUNCATE] = 300, [FAULT_CUT] = 150, [FAULT_RESET] = 80, [FAULT_SPOOF_TRANSPORT] = 40}},
    {.name = "refusals",
     .text = "servers refuse, fail, refer upward, cannot be reached",
     .fault = {[FAULT_REFUSED] = 60,
               [FAULT_SERVFAIL] = 60,
               [FAULT_LAME] = 30,
               [FAULT_EMPTY] = 30,
               [FAULT_UNREACHABLE] = 40,
               [FAULT_RESET] = 40}},
    {.name = "garbage",
     .text = "malformed packets, strays, wrong spelling, no EDNS",
     .fault = {[FAULT_MALFORMED] = 60,
               [FAULT_STRAY] = 300,
               [FAULT_WRONG_CASE] = 60,
               [FAULT_STRIP_EDNS] = 200,
               [FAULT_NO_EDNS] = 60,
               [FAULT_SPOOF_QUESTION] = 60}},
    {.name = "outages", .text = "servers are silent for a while", .fault = {[FAULT_OUTAGE] = 14}},
    {.name = "blackouts",
     .text = "nobody answers for a while",
     .fault = {[FAULT_OUTAGE_ALL] = 4, [FAULT_LOSS] = 5}},
    {.name = "storm",
     .text = "everything at once",
     .fault = {TRICKS, SPOOFS, FAILURES, [FAULT_SLOW] = 4, [FAULT_OUTAGE] = 4, [FAULT_OUTAGE_ALL] = 1}},
};

static const struct scenario times[] = {
    {.name = "still", .text = "nothing changes"},
    {.name = "moment", .text = "all within seconds", .horizon = 20, .changes = 10},
    {.name = "edits", .text = "records come and go", .changes = 60},
    {.name = "moves", .text = "domains are revoked, servers move", .changes = 50, .moves = true},
    {.name = "suspends", .text = "the machine sleeps", .changes = 20, .fault = {[FAULT_JUMP] = 8}},
    {.name = "days", .text = "days pass", .horizon = 400000, .changes = 40, .moves = true},
    {.name = "upheaval",
     .text = "everything moves, and the machine sleeps",
     .changes = 80,
     .moves = true,
     .fault = {[FAULT_JUMP] = 5}},
};

static const struct scenario clients[] = {
    {.name = "few", .text = "a few questions", .questions = 50},
    {.name = "people", .text = "people with common interests", .questions = 160},
    {.name = "crowd", .text = "many at once", .questions = 160, .together = 900},
    {.name = "strangers", .text = "names nobody has heard of", .questions = 120, .strangers = 600},
    {.name = "curious", .text = "ANY, and full answers", .questions = 120, .any = 250, .extras = true},
    {.name = "squeezed", .text = "a cache full of other things", .questions = 120, .squeezed = true},
    {.name = "workers", .text = "several engines, one cache", .questions = 160, .engines = 4},
};

static unsigned most(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static void add(struct scenario *to, const struct scenario *idea)
{
    size_t name = strlen(to->name), text = strlen(to->text);
    snprintf(to->name + name, sizeof to->name - name, "%s%s", name > 0 ? "/" : "", idea->name);
    snprintf(to->text + text, sizeof to->text - text, "%s%s", text > 0 ? "; " : "", idea->text);
    to->zones = most(to->zones, idea->zones);
    to->deep |= idea->deep;
    to->odd |= idea->odd;
    to->lonely |= idea->lonely;
    to->wide |= idea->wide;
    to->glueless |= idea->glueless;
    to->shared |= idea->shared;
    to->quirks |= idea->quirks;
    to->no_tcp |= idea->no_tcp;
    to->aliased |= idea->aliased;
    to->wild |= idea->wild;
    to->signatures |= idea->signatures;
    to->renamed |= idea->renamed;
    to->one_good |= idea->one_good;
    to->horizon = most(to->horizon, idea->horizon);
    to->changes = most(to->changes, idea->changes);
    to->moves |= idea->moves;
    to->questions = most(to->questions, idea->questions);
    to->together = most(to->together, idea->together);
    to->strangers = most(to->strangers, idea->strangers);
    to->any = most(to->any, idea->any);
    to->extras |= idea->extras;
    to->squeezed |= idea->squeezed;
    to->engines = most(to->engines, idea->engines);
    for (unsigned i = 0; i < FAULTS; i++)
        to->fault[i] = most(to->fault[i], idea->fault[i]);
}

static void compose(struct scenario *scenario, const struct scenario *const idea[4])
{
    *scenario = (struct scenario){.marked = true};
    for (unsigned i = 0; i < 4; i++)
        add(scenario, idea[i]);
}

/* -- all of them ------------------------------------------------------------------------------------ */

enum {
    UNSIGNED_INTERNETS = COUNT(internets) - 1,
    COMPOSED = 300,
    SIGNED = COUNT(troubles),
};

unsigned scenario_count(void)
{
    return COUNT(named) + COMPOSED + SIGNED;
}

/* Each internet goes through all troubles about twice, with other times and clients; any two ideas of different
   kinds meet somewhere. The signed one, whose runs take longer, goes through all troubles once. */
void scenario_get(unsigned number, struct scenario *scenario)
{
    if (number < COUNT(named)) {
        *scenario = named[number];
        return;
    }
    number -= COUNT(named);
    unsigned column = number % UNSIGNED_INTERNETS, row = number / UNSIGNED_INTERNETS;
    if (number >= COMPOSED)
        column = UNSIGNED_INTERNETS, row = number - COMPOSED;
    const struct scenario *idea[] = {
        &internets[column],
        &troubles[(column + row) % COUNT(troubles)],
        &times[(2 * row + column) % COUNT(times)],
        &clients[(3 * row + 2 * column + row / 7) % COUNT(clients)],
    };
    compose(scenario, idea);
}

/* The idea that the text begins with, up to its end or a slash; steps over it. */
static const struct scenario *find_idea(const struct scenario *ideas, unsigned count, const char **text)
{
    size_t length = strcspn(*text, "/");
    for (unsigned i = 0; i < count; i++)
        if (strlen(ideas[i].name) == length && strncmp(ideas[i].name, *text, length) == 0) {
            *text += length + ((*text)[length] == '/');
            return &ideas[i];
        }
    return NULL;
}

bool scenario_find(const char *name, struct scenario *scenario)
{
    for (unsigned i = 0; i < COUNT(named); i++)
        if (strcmp(named[i].name, name) == 0) {
            *scenario = named[i];
            return true;
        }
    const struct scenario *idea[4];
    if ((idea[0] = find_idea(internets, COUNT(internets), &name)) == NULL ||
        (idea[1] = find_idea(troubles, COUNT(troubles), &name)) == NULL ||
        (idea[2] = find_idea(times, COUNT(times), &name)) == NULL ||
        (idea[3] = find_idea(clients, COUNT(clients), &name)) == NULL || *name != '\0')
        return false;
    compose(scenario, idea);
    return true;
}

const char *const fault_names[FAULTS] = {
    [FAULT_DUPLICATE] = "duplicate",
    [FAULT_REORDER] = "reorder",
    [FAULT_TRUNCATE] = "truncate",
    [FAULT_CUT] = "cut",
    [FAULT_STRIP_EDNS] = "strip-edns",
    [FAULT_NO_EDNS] = "no-edns",
    [FAULT_STRAY] = "stray",
    [FAULT_WRONG_CASE] = "wrong-case",
    [FAULT_SPOOF_ID] = "spoof-id",
    [FAULT_SPOOF_SOURCE] = "spoof-source",
    [FAULT_SPOOF_CASE] = "spoof-case",
    [FAULT_SPOOF_QUESTION] = "spoof-question",
    [FAULT_SPOOF_TRANSPORT] = "spoof-transport",
    [FAULT_SPOOF_LATE] = "spoof-late",
    [FAULT_LOSS] = "loss",
    [FAULT_DELAY] = "delay",
    [FAULT_UNREACHABLE] = "unreachable",
    [FAULT_RESET] = "reset",
    [FAULT_MALFORMED] = "malformed",
    [FAULT_SERVFAIL] = "servfail",
    [FAULT_REFUSED] = "refused",
    [FAULT_LAME] = "lame",
    [FAULT_EMPTY] = "empty",
    [FAULT_SLOW] = "slow",
    [FAULT_OUTAGE] = "outage",
    [FAULT_OUTAGE_ALL] = "outage-all",
    [FAULT_JUMP] = "jump",
    [FAULT_CLOCK] = "clock",
    [FAULT_STRIP_DO] = "strip-do",
    [FAULT_STRIP_RRSIG] = "strip-rrsig",
    [FAULT_DAMAGE_RRSIG] = "damage-rrsig",
    [FAULT_OLD_RRSIG] = "old-rrsig",
    [FAULT_STRIP_DENIAL] = "strip-denial",
    [FAULT_FOREIGN_DENIAL] = "foreign-denial",
    [FAULT_FORGE_SIGNED] = "forge-signed",
    [FAULT_FALSE_ABSENCE] = "false-absence",
    [FAULT_BESIDE] = "beside",
};
