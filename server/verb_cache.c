/* What the cache holds, and forgetting it. */
#include "server/verbs.h"

static void tell_flushed(struct session *session, uint64_t count)
{
    report_note(session_report(session), "%llu entries forgotten", (unsigned long long)count);
    report_count(session_report(session), "forgotten", NULL, count);
    session_ok(session);
}

/* One name, or where none is given all there is. */
void verb_flush(struct session *session)
{
    const struct control_value *name = control_value(session_request(session), "NAME");
    struct cache *cache = session_daemon(session)->shared.cache;
    tell_flushed(session,
                 name == NULL ? cache_flush(cache) : cache_flush_name(cache, dns_name_view(&name->name)));
}

void verb_flush_tree(struct session *session)
{
    const struct control_value *name = control_value(session_request(session), "NAME");
    tell_flushed(session,
                 cache_flush_tree(session_daemon(session)->shared.cache, dns_name_view(&name->name)));
}
