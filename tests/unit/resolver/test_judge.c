/* What is believed of signed zones, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net_signed.h"

static struct net *signed_small(struct net_signing how)
{
    struct net *net = net_small();
    net_sign(net, ".", how);
    net_sign(net, "com.", how);
    net_sign(net, "example.com.", how);
    net_publish(net);
    return net;
}

static void a_signed_answer_is_secure(void **state)
{
    (void)state;
    struct net *net = signed_small((struct net_signing){0});
    const struct net_reply *reply = net_ask(net, "www.example.com", "A");
    assert_string_equal(reply->text, "NOERROR\nwww.example.com.\t300\tIN\tA\t203.0.113.80\n");
    assert_int_equal(reply->trust, TRUST_SECURE);
    net_end(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signed_answer_is_secure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
