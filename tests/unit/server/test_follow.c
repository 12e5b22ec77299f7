/*
 * Trust anchors that follow the root's keys through a daemon's life: 400 days on a virtual clock with a restart at
 * each look, killed at each step of writing the state; and every file that cannot be used.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dns/octets.h"
#include "dnssec/roll.h"
#include "server/follow.h"
#include "server/state_file.h"

enum { OLD_KEY = 22321, NEW_KEY = 50328, DAY = 86400, REVOKED = 257 | DNSSEC_KEY_REVOKE, LINES = 16 };

/* --- calls that end the process, or fail */

static int until_end, until_failure, failure;

static bool meets_its_end(void)
{
    return until_end != 0 && --until_end == 0;
}

static bool fails(void)
{
    if (until_failure == 0 || --until_failure != 0)
        return false;
    errno = failure;
    return true;
}

int __real_open(const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *from, size_t length);
int __real_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __real_close(int fd);
int __real_unlink(const char *path);
int __wrap_open(const char *path, int flags, ...);
ssize_t __wrap_write(int fd, const void *from, size_t length);
int __wrap_fsync(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_close(int fd);
int __wrap_unlink(const char *path);

#define END_HERE()                                                                                           \
    if (meets_its_end())                                                                                     \
        _exit(9);                                                                                            \
    if (fails())                                                                                             \
    return -1

int __wrap_open(const char *path, int flags, ...)
{
    END_HERE();
    return __real_open(path, flags, 0644);
}

ssize_t __wrap_write(int fd, const void *from, size_t length)
{
    if (meets_its_end()) {
        (void)!__real_write(fd, from, length / 2);
        _exit(9);
    }
    if (fails())
        return -1;
    /* In two pieces, so that there is something between them. */
    return __real_write(fd, from, length > 100 ? length / 2 : length);
}

int __wrap_fsync(int fd)
{
    END_HERE();
    return __real_fsync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
    END_HERE();
    return __real_rename(from, to);
}

int __wrap_close(int fd)
{
    END_HERE();
    return __real_close(fd);
}

int __wrap_unlink(const char *path)
{
    END_HERE();
    return __real_unlink(path);
}

/* --- the root, and its keys */

static struct signer old_key, new_key, old_revoked, stranger;
static struct dnssec_anchor anchors[2];
static struct dnssec_policy policy;
static const uint8_t *root_name;
static struct validation configured;
static char folder[64];
static char lines[LINES][1400];
static unsigned line_count;

static void note(void *context, enum config_severity severity, const char *line)
{
    (void)context;
    (void)severity;
    snprintf(lines[line_count++ % LINES], sizeof lines[0], "%s", line);
}

static void no_line(void)
{
    if (line_count != 0)
        fail_msg("said: %s", lines[0]);
}

/* The one line there is has this in it. */
static void one_line(const char *part)
{
    assert_int_equal(line_count, 1);
    if (strstr(lines[0], part) == NULL)
        fail_msg("'%s' is not in: %s", part, lines[0]);
    line_count = 0;
}

static void anchor_of(const struct signer *signer, struct dnssec_anchor *anchor)
{
    assert_int_equal(dnssec_anchor_from_key(dns_name_root(), signer->dnskey, 36, true, anchor),
                     DNSSEC_ANCHOR_OK);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/follow.XXXXXX");
    assert_non_null(mkdtemp(folder));
    signer_open(&old_key, ".", OLD_KEY, 257);
    signer_open(&new_key, ".", NEW_KEY, 257);
    signer_open(&old_revoked, ".", OLD_KEY, REVOKED);
    signer_open(&stranger, ".", 3, 257);
    anchor_of(&old_key, &anchors[0]);
    anchor_of(&new_key, &anchors[1]);
    policy = dnssec_policy_default();
    root_name = dns_name_root().wire;
    configured = (struct validation){.enabled = true,
                                     .anchors = anchors,
                                     .anchor_count = 1,
                                     .policies = &policy,
                                     .policy_names = &root_name,
                                     .policy_count = 1};
    line_count = 0;
    return 0;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    until_end = until_failure = 0;
    chmod(folder, 0755);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    signer_close(&old_key);
    signer_close(&new_key);
    signer_close(&old_revoked);
    signer_close(&stranger);
    return system(command);
}

static int by_rdata(const void *a, const void *b)
{
    return memcmp((*(const struct signer *const *)a)->dnskey, (*(const struct signer *const *)b)->dnskey, 36);
}

#define SIGNERS(...) ((const struct signer *const[]){__VA_ARGS__, NULL})

static size_t put_record(uint8_t *to, uint16_t type, const uint8_t *rdata, size_t length)
{
    to[0] = 0;
    put16(to + 1, type);
    put16(to + 3, DNS_CLASS_IN);
    put32(to + 5, 172800);
    put16(to + 9, (uint16_t)length);
    memcpy(to + 11, rdata, length);
    return 11 + length;
}

/* The message with the root's DNSKEY RRset at a time: these keys, signed by those. */
static size_t publish(uint64_t now, const struct signer *const *keys, const struct signer *const *by,
                      uint8_t wire[4096])
{
    static struct set set;
    const struct signer *sorted[8];
    unsigned count = 0;
    size_t length = 12 + 5;
    for (; *keys != NULL; keys++)
        sorted[count++] = *keys;
    qsort(sorted, count, sizeof sorted[0], by_rdata);
    set_start(&set, ".", DNS_TYPE_DNSKEY);
    set.ttl = 172800;
    for (unsigned i = 0; i < count; i++)
        set_add(&set, sorted[i]->dnskey, 36);
    struct rrsig_fields fields = fields_of(&set);
    fields.inception = (uint32_t)now - DAY;
    fields.expiration = (uint32_t)now + 20 * DAY;
    for (; *by != NULL; by++)
        signer_sign(*by, &set, &fields);
    memset(wire, 0, 12);
    put16(wire + 2, 0x8000);
    put16(wire + 4, 1);
    put16(wire + 6, (uint16_t)(set.count + set.rrsig_count));
    memcpy(wire + 12, "\0\0\60\0\1", 5);
    for (unsigned i = 0; i < set.count; i++)
        length += put_record(wire + length, DNS_TYPE_DNSKEY, set.rdata[i], set.length[i]);
    for (unsigned i = 0; i < set.rrsig_count; i++)
        length += put_record(wire + length, DNS_TYPE_RRSIG, set.rrsig[i], set.rrsig_length[i]);
    return length;
}

static struct follow *begin(uint64_t now)
{
    struct follow *follow = follow_create(note, NULL);
    assert_non_null(follow);
    assert_true(follow_configure(follow, &configured, folder, now));
    return follow;
}

/* What a daemon that starts now would trust: bit 1 the old key, bit 2 the new one. */
static unsigned trusts(const struct follow *follow)
{
    size_t count;
    unsigned bits = 0;
    struct dnssec_anchor *list = follow_anchors(follow, &configured, &count);
    assert_non_null(list);
    for (size_t i = 0; i < count; i++)
        bits |= memcmp(list[i].octets, old_key.dnskey, 36) == 0   ? 1
                : memcmp(list[i].octets, new_key.dnskey, 36) == 0 ? 2
                                                                  : 4;
    free(list);
    return bits;
}

static bool look(struct follow *follow, uint64_t now, const struct signer *const *keys,
                 const struct signer *const *by)
{
    uint8_t wire[4096];
    struct dns_name_buffer zone;
    size_t length = publish(now, keys, by, wire);
    assert_true(follow_ask(follow, now, &zone));
    assert_true(dns_name_is_root(dns_name_view(&zone)));
    assert_int_equal(follow_due(follow), UINT64_MAX);
    bool changed = follow_take(follow, dns_name_view(&zone), wire, length, now);
    assert_true(follow_due(follow) > now);
    return changed;
}

static size_t read_state(char text[DNSSEC_ROLL_TEXT_MAX])
{
    const char *step;
    ssize_t length = state_file_read(folder, "ROOT.keys", text, DNSSEC_ROLL_TEXT_MAX, &step);
    return length < 0 ? 0 : (size_t)length;
}

/* A process that is killed at each step of a look in turn leaves the old state or the new one. */
static unsigned kill_at_each_step(uint64_t now, const struct signer *const *keys,
                                  const struct signer *const *by)
{
    static char before[DNSSEC_ROLL_TEXT_MAX], after[DNSSEC_ROLL_TEXT_MAX], saved[128], state[128];
    size_t old_length = read_state(before);
    unsigned steps = 0;
    snprintf(state, sizeof state, "%s/ROOT.keys", folder);
    snprintf(saved, sizeof saved, "%s/saved", folder);
    if (old_length > 0)
        assert_int_equal(link(state, saved), 0);
    for (bool finished = false; !finished; steps++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct follow *follow = begin(now);
            until_end = (int)steps + 1;
            look(follow, now, keys, by);
            until_end = 0;
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        finished = WEXITSTATUS(status) == 0;
        size_t length = read_state(after);
        bool same = length == old_length && memcmp(before, after, length) == 0;
        struct follow *again = begin(now);
        if (!finished && !same)
            assert_true(length > 0);
        no_line();
        follow_destroy(again);
        if (!same && !finished) { /* the new one: back to the old */
            assert_int_equal(old_length > 0 ? rename(saved, state) : unlink(state), 0);
            if (old_length > 0)
                assert_int_equal(link(state, saved), 0);
        }
        assert_true(steps < 40);
    }
    if (old_length > 0)
        unlink(saved);
    return steps - 1;
}

/* --- the tests */

static void the_root_rolls_over_400_days_with_a_kill_at_each_step(void **state)
{
    (void)state;
    uint64_t start = NOW_2027, due = start;
    unsigned looks = 0, kills = 0;
    for (unsigned day = 0; day < 400; day++) {
        /* Day 0: the old key alone; 10: the new one appears; 100: signs; 150: the old one is revoked; 190: gone. */
        const struct signer *const *keys = day < 10    ? SIGNERS(&old_key)
                                           : day < 150 ? SIGNERS(&old_key, &new_key)
                                           : day < 190 ? SIGNERS(&old_revoked, &new_key)
                                                       : SIGNERS(&new_key);
        const struct signer *const *by = day < 100   ? SIGNERS(&old_key)
                                         : day < 150 ? SIGNERS(&new_key)
                                         : day < 190 ? SIGNERS(&old_revoked, &new_key)
                                                     : SIGNERS(&new_key);
        uint64_t now = start + (uint64_t)day * DAY;
        if (now < due)
            continue;
        bool notable = day % 40 == 0 || (day >= 9 && day <= 12) || (day >= 39 && day <= 43) ||
                       (day >= 149 && day <= 152) || (day >= 179 && day <= 183);
        line_count = 0;
        if (notable) {
            unsigned steps = kill_at_each_step(now, keys, by);
            assert_true(steps >= 8);
            kills += steps;
            struct follow *written = begin(now + 3600);
            due = follow_due(written);
            follow_destroy(written);
        } else {
            struct follow *follow = begin(now);
            no_line();
            look(follow, now, keys, by);
            due = follow_due(follow);
            follow_destroy(follow);
        }
        looks++;
        assert_true(due > now && due <= now + 2 * DAY);
        struct follow *again = begin(now);
        unsigned expected = day < 40 ? 1 : day < 150 ? 3 : 2;
        if (day < 40 || day > 42)
            assert_int_equal(trusts(again), expected);
        follow_destroy(again);
    }
    assert_true(looks > 300);
    assert_true(kills > 150);
}

static void changes_are_told_and_answers_that_are_none_are_not(void **state)
{
    (void)state;
    struct dns_name_buffer zone;
    uint64_t now = NOW_2027;
    struct follow *follow = begin(now);
    no_line();
    assert_int_equal(follow_due(follow), 0);
    assert_false(look(follow, now, SIGNERS(&old_key, &new_key), SIGNERS(&old_key)));
    one_line("trust anchors of .: new key 38696, trusted from 2027-02-14 08:00 UTC on if it stays");
    assert_false(follow_ask(follow, now + 60, &zone));
    now += 30 * DAY;
    assert_true(look(follow, now, SIGNERS(&old_key, &new_key), SIGNERS(&old_key)));
    one_line("trust anchors of .: key 38696 is trusted");
    assert_int_equal(trusts(follow), 3);
    now += DAY;
    assert_true(look(follow, now, SIGNERS(&old_revoked, &new_key), SIGNERS(&old_revoked, &new_key)));
    one_line("key 20326 was revoked");
    assert_int_equal(trusts(follow), 2);
    now += DAY;
    assert_false(look(follow, now, SIGNERS(&stranger), SIGNERS(&stranger)));
    one_line("signed by none of the keys that are trusted");
    /* No answer, garbage, an answer to nothing that was asked. */
    now += DAY;
    assert_true(follow_ask(follow, now, &zone));
    assert_false(follow_take(follow, dns_name_root(), NULL, 0, now));
    assert_int_equal(follow_due(follow), now + 3600);
    now += DAY;
    assert_true(follow_ask(follow, now, &zone));
    assert_false(follow_take(follow, dns_name_root(), (const uint8_t *)"garbage", 7, now));
    assert_false(follow_take(follow, dns_name_root(), (const uint8_t *)"garbage", 7, now));
    now += DAY;
    assert_true(look(follow, now, SIGNERS(&new_key), SIGNERS(&new_key)) == false);
    no_line();
    follow_destroy(follow);
}

static void a_zone_without_keys_that_are_not_revoked_is_told(void **state)
{
    (void)state;
    struct follow *follow = begin(NOW_2027);
    assert_true(look(follow, NOW_2027, SIGNERS(&old_revoked), SIGNERS(&old_revoked)));
    assert_int_equal(trusts(follow), 0);
    assert_int_equal(line_count, 3); /* also that nobody has signed */
    assert_non_null(strstr(lines[1], "all were revoked"));
    follow_destroy(follow);
    /* Not even a restart brings it back. */
    line_count = 0;
    follow = begin(NOW_2027 + 5);
    assert_int_equal(trusts(follow), 0);
    follow_destroy(follow);
}

static void put_state(const char *text, size_t length, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/ROOT.keys", folder);
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    for (size_t done = 0; done < length;)
        done += (size_t)write(fd, text + done, length - done);
    close(fd);
    assert_int_equal(chmod(path, mode), 0);
}

static void a_new_key_that_there_is_no_room_for_is_told(void **state)
{
    (void)state;
    static struct dnssec_roll roll;
    static char text[DNSSEC_ROLL_TEXT_MAX];
    struct dnssec_workspace *workspace = dnssec_workspace_new();
    dnssec_roll_start(&roll, dns_name_root(), anchors, 1);
    for (unsigned i = 1; i < DNSSEC_ROLL_KEYS; i++) {
        roll.key[i] = roll.key[0];
        roll.key[i].anchor.octets[35] = (uint8_t)(old_key.dnskey[35] + i);
        roll.key[i].state = DNSSEC_ROLL_MISSING;
    }
    roll.count = DNSSEC_ROLL_KEYS;
    put_state(text, dnssec_roll_to_text(workspace, &roll, text, sizeof text), 0644);
    dnssec_workspace_free(workspace);
    struct follow *follow = begin(NOW_2027);
    no_line();
    assert_false(look(follow, NOW_2027, SIGNERS(&old_key, &new_key), SIGNERS(&old_key)));
    one_line("16 keys are followed already");
    assert_int_equal(trusts(follow) & 2, 0);
    follow_destroy(follow);
}

/* The configured anchors hold, the line says so, and the next look makes a good file of it. */
static void must_be_refused(const char *text, size_t length, mode_t mode, uint64_t now, const char *why)
{
    put_state(text, length, mode);
    line_count = 0;
    struct follow *follow = begin(now);
    one_line(why);
    assert_int_equal(trusts(follow), 1);
    look(follow, now, SIGNERS(&old_key), SIGNERS(&old_key));
    no_line();
    follow_destroy(follow);
    follow = begin(now);
    no_line();
    assert_true(follow_due(follow) > now);
    follow_destroy(follow);
}

static void files_that_cannot_be_used_leave_the_configured_anchors(void **state)
{
    (void)state;
    static char good[DNSSEC_ROLL_TEXT_MAX], text[DNSSEC_ROLL_TEXT_MAX + 1];
    struct follow *follow = begin(NOW_2027);
    look(follow, NOW_2027, SIGNERS(&old_key, &new_key), SIGNERS(&old_key));
    follow_destroy(follow);
    size_t length = read_state(good);
    assert_true(length > 100);
    uint64_t now = NOW_2027 + DAY;
    for (size_t cut = 0; cut < length; cut += 41)
        must_be_refused(good, cut, 0644, now, "; those of the configuration hold");
    memcpy(text, good, length);
    text[length / 2] ^= 1;
    must_be_refused(text, length, 0644, now, "cannot be used");
    must_be_refused(good, length, 0644, NOW_2027 - 2 * DAY, "yet to come; look at the clock");
    must_be_refused(good, length, 0666, now,
                    "others than the daemon's user and root own it or may write to it");
    memset(text, 'x', sizeof text);
    must_be_refused(text, sizeof text, 0644, now, "too long");
    /* Of another set of anchors. */
    follow = begin(now);
    follow_destroy(follow);
    anchor_of(&stranger, &anchors[0]);
    put_state(good, length, 0644);
    line_count = 0;
    follow = begin(now);
    one_line("knows none of the trust anchors of the configuration");
    assert_int_equal(trusts(follow), 4);
    follow_destroy(follow);
}

static void a_folder_that_cannot_be_written_is_told_once(void **state)
{
    (void)state;
    static const int failures[] = {EROFS, EACCES, ENOSPC, EIO};
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        /* The steps are: unlink, open, write, write, fsync, close, rename, open, fsync, close. */
        static const int steps[] = {1, 2, 3, 4, 5, 7, 8, 9};
        struct follow *follow = begin(NOW_2027);
        uint64_t now = NOW_2027;
        line_count = 0;
        for (size_t k = 0; k < sizeof steps / sizeof steps[0]; k++) {
            now += DAY;
            until_failure = steps[k];
            failure = failures[i];
            look(follow, now, SIGNERS(&old_key), SIGNERS(&old_key));
            assert_int_equal(until_failure, 0);
            if (k == 0)
                one_line(strerror(failures[i]));
            no_line();
        }
        until_failure = 0;
        look(follow, now + DAY, SIGNERS(&old_key), SIGNERS(&old_key));
        no_line();
        follow_destroy(follow);
        tear_down(NULL);
        set_up(NULL);
    }
}

static void a_missing_folder_is_told(void **state)
{
    (void)state;
    struct follow *follow = follow_create(note, NULL);
    assert_non_null(follow);
    assert_true(follow_configure(follow, &configured, "/nonexistent/folder", NOW_2027));
    no_line();
    look(follow, NOW_2027, SIGNERS(&old_key), SIGNERS(&old_key));
    one_line("cannot create /nonexistent/folder/ROOT.keys: No such file or directory");
    follow_destroy(follow);
}

static void a_reload_keeps_what_was_learnt(void **state)
{
    (void)state;
    struct follow *follow = begin(NOW_2027);
    look(follow, NOW_2027, SIGNERS(&old_key, &new_key), SIGNERS(&old_key));
    look(follow, NOW_2027 + 31 * DAY, SIGNERS(&old_key, &new_key), SIGNERS(&old_key));
    line_count = 0;
    assert_true(follow_configure(follow, &configured, folder, NOW_2027 + 31 * DAY));
    assert_int_equal(trusts(follow), 3);
    /* Validation is turned off, and on again: the file is read. */
    configured.enabled = false;
    assert_true(follow_configure(follow, &configured, folder, NOW_2027 + 31 * DAY));
    assert_int_equal(follow_due(follow), UINT64_MAX);
    configured.enabled = true;
    assert_true(follow_configure(follow, &configured, folder, NOW_2027 + 31 * DAY));
    assert_int_equal(trusts(follow), 3);
    no_line();
    follow_destroy(follow);
}

static void zones_have_files_of_their_own_with_harmless_names(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *file;
    } cases[] = {
        {"Example.ORG.", "example.org.keys"}, {"root.", "root.keys"}, {"a/b.\\.\\.", "a%2fb.%5c.%5c..keys"}};
    for (unsigned i = 0; i < 3; i++) {
        struct signer signer;
        struct stat status;
        char path[512];
        signer_open(&signer, cases[i].zone, 7, 257);
        assert_int_equal(
            dnssec_anchor_from_key(dns_name_view(&signer.zone), signer.dnskey, 36, true, &anchors[0]),
            DNSSEC_ANCHOR_OK);
        struct follow *follow = begin(NOW_2027);
        struct dns_name_buffer zone;
        assert_true(follow_ask(follow, NOW_2027, &zone));
        assert_false(follow_take(follow, dns_name_view(&zone), NULL, 0, NOW_2027));
        follow_destroy(follow);
        /* A file of that name is what is read. */
        snprintf(path, sizeof path, "%s/%s", folder, cases[i].file);
        int fd = open(path, O_WRONLY | O_CREAT, 0644);
        assert_true(fd >= 0 && write(fd, "x\n", 2) > 0);
        close(fd);
        assert_int_equal(stat(path, &status), 0);
        line_count = 0;
        follow = begin(NOW_2027);
        one_line("not a file of trust anchors that rootwalk has written");
        follow_destroy(follow);
        signer_close(&signer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_root_rolls_over_400_days_with_a_kill_at_each_step, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(changes_are_told_and_answers_that_are_none_are_not, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_zone_without_keys_that_are_not_revoked_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_key_that_there_is_no_room_for_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_that_cannot_be_used_leave_the_configured_anchors, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_written_is_told_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_folder_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reload_keeps_what_was_learnt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zones_have_files_of_their_own_with_harmless_names, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
