/* Root hints: those compiled in, and files good and bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "resolver/hints.h"

static bool read_text(const char *text, struct hints *hints, struct hints_error *error)
{
    char path[] = "/tmp/rootwalk-hints-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    memset(error, 0, sizeof *error);
    bool good = hints_read(path, hints, error);
    unlink(path);
    return good;
}

static void the_compiled_in_hints_are_named_root(void **state)
{
    (void)state;
    struct hints hints;
    struct hints_error error;
    const struct hints *compiled = hints_default();
    assert_true(hints_read(SOURCE_DIR "/root-hints/named.root", &hints, &error));
    assert_int_equal(compiled->count, 13);
    assert_int_equal(compiled->address_count, 26);
    assert_int_equal(hints.count, compiled->count);
    assert_int_equal(hints.address_count, compiled->address_count);
    for (size_t i = 0; i < hints.count; i++)
        assert_true(dns_name_equal(dns_name_view(&hints.name[i]), dns_name_view(&compiled->name[i])));
    for (size_t i = 0; i < hints.address_count; i++) {
        assert_true(dns_address_equal(&hints.address[i].address, &compiled->address[i].address));
        assert_int_equal(hints.address[i].name, compiled->address[i].name);
    }
}

static void addresses_may_stand_before_their_server(void **state)
{
    (void)state;
    struct hints hints;
    struct hints_error error;
    char text[DNS_ADDRESS_TEXT_MAX];
    assert_true(read_text("b.example. 60 IN AAAA 2001:db8::1\na.example. 60 IN A 192.0.2.1\n"
                          ". 60 IN NS a.example.\n. 60 IN NS b.example.\n",
                          &hints, &error));
    assert_int_equal(hints.count, 2);
    assert_int_equal(hints.address_count, 2);
    assert_string_equal(dns_address_to_text(&hints.address[0].address, text), "2001:db8::1#53");
    assert_int_equal(hints.address[0].name, 1);
}

static void files_without_a_usable_root_server_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "; nothing\n",
        ". 60 IN NS a.example.\n",
        "a.example. 60 IN A 192.0.2.1\n",
        "org. 60 IN NS a.example.\na.example. 60 IN A 192.0.2.1\n",
        ". 60 IN NS a.example.\nb.example. 60 IN A 192.0.2.1\n",
        "this is no zone file\n",
        ". 60 IN NS a.example.\na.example. 60 IN A 192.0.2.256\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hints hints;
        struct hints_error error;
        assert_false(read_text(bad[i], &hints, &error));
        assert_true(error.text[0] != '\0');
    }
}

static void a_missing_file_is_refused(void **state)
{
    (void)state;
    struct hints hints;
    struct hints_error error = {0};
    assert_false(hints_read("/no/such/file", &hints, &error));
    assert_true(error.text[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_compiled_in_hints_are_named_root),
        cmocka_unit_test(addresses_may_stand_before_their_server),
        cmocka_unit_test(files_without_a_usable_root_server_are_refused),
        cmocka_unit_test(a_missing_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
