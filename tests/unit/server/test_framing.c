/* Messages out of a stream, cut in any way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/framing.h"

enum { ROOM = 64 };

static void start(struct framing *framing, uint8_t *buffer)
{
    framing_start(framing, buffer, ROOM);
}

/* Two messages: 12 octets of 'a', 20 of 'b'. */
static size_t two_messages(uint8_t *to)
{
    memset(to, 0, 2);
    to[1] = 12;
    memset(to + 2, 'a', 12);
    to[14] = 0;
    to[15] = 20;
    memset(to + 16, 'b', 20);
    return 36;
}

static void messages_come_out_whole_however_they_are_cut(void **state)
{
    (void)state;
    uint8_t stream[64], buffer[ROOM];
    size_t total = two_messages(stream);
    for (size_t piece = 1; piece <= total; piece++) {
        struct framing framing;
        start(&framing, buffer);
        unsigned messages = 0;
        for (size_t at = 0; at < total; at += piece) {
            const uint8_t *data = stream + at;
            size_t length = total - at < piece ? total - at : piece;
            enum framing_found found;
            while ((found = framing_next(&framing, &data, &length)) == FRAMING_MESSAGE) {
                assert_int_equal(framing.length, messages == 0 ? 12 : 20);
                assert_int_equal(buffer[0], messages == 0 ? 'a' : 'b');
                assert_int_equal(buffer[framing.length - 1], messages == 0 ? 'a' : 'b');
                messages++;
            }
            assert_int_equal(found, FRAMING_MORE);
            assert_int_equal(length, 0);
        }
        assert_int_equal(messages, 2);
    }
}

static void half_a_message_is_no_message(void **state)
{
    (void)state;
    uint8_t stream[64], buffer[ROOM];
    two_messages(stream);
    struct framing framing;
    start(&framing, buffer);
    const uint8_t *data = stream;
    size_t length = 13;
    assert_int_equal(framing_next(&framing, &data, &length), FRAMING_MORE);
}

static void a_length_below_a_header_is_wrong(void **state)
{
    (void)state;
    uint8_t buffer[ROOM];
    for (uint8_t announced = 0; announced < 12; announced++) {
        const uint8_t stream[2] = {0, announced};
        const uint8_t *data = stream;
        size_t length = 2;
        struct framing framing;
        start(&framing, buffer);
        assert_int_equal(framing_next(&framing, &data, &length), FRAMING_WRONG);
    }
}

static void a_message_longer_than_the_buffer_is_cut_and_the_next_one_found(void **state)
{
    (void)state;
    uint8_t stream[2 + 300 + 36], buffer[ROOM];
    memset(stream, 'x', sizeof stream);
    stream[0] = 300 >> 8;
    stream[1] = 300 & 255;
    two_messages(stream + 302);
    struct framing framing;
    start(&framing, buffer);
    const uint8_t *data = stream;
    size_t length = sizeof stream;
    assert_int_equal(framing_next(&framing, &data, &length), FRAMING_MESSAGE);
    assert_int_equal(framing.length, ROOM);
    assert_int_equal(framing_next(&framing, &data, &length), FRAMING_MESSAGE);
    assert_int_equal(framing.length, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_out_whole_however_they_are_cut),
        cmocka_unit_test(half_a_message_is_no_message),
        cmocka_unit_test(a_length_below_a_header_is_wrong),
        cmocka_unit_test(a_message_longer_than_the_buffer_is_cut_and_the_next_one_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
