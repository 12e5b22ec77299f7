/* The queries that are answered, one by one. */
#include "server/monitor.h"
#include "server/verbs.h"

void verb_monitor(struct session *session)
{
    const struct control_request *request = session_request(session);
    const struct control_value *client = control_value(request, "--client");
    const struct control_value *tree = control_value(request, "--tree");
    const struct control_value *type = control_value(request, "--type");
    struct watch_filter filter = {
        .failures = control_value(request, "--failures") != NULL,
        .by_type = type != NULL,
        .type = type != NULL ? (uint16_t)type->number : 0,
    };
    if (client != NULL)
        filter.client = client->address;
    if (tree != NULL)
        filter.tree = tree->name;
    if (!monitor_watch(session, &filter))
        session_error(session, "failed", "%d monitors are there already, or there is no memory", WATCHERS);
}
