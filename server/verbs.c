#include "server/verbs.h"

static verb_function *const functions[CONTROL_VERBS] = {
    [CONTROL_STATUS] = verb_status,     [CONTROL_STATISTICS] = verb_statistics,
    [CONTROL_METRICS] = verb_metrics,   [CONTROL_VERSION] = verb_version,
    [CONTROL_HELP] = verb_help,         [CONTROL_STOP] = verb_stop,
    [CONTROL_RELOAD] = verb_reload,     [CONTROL_FLUSH_ALL] = verb_flush,
    [CONTROL_FLUSH_NAME] = verb_flush,  [CONTROL_FLUSH_TREE] = verb_flush_tree,
    [CONTROL_NTA_ADD] = verb_nta_add,   [CONTROL_NTA_DELETE] = verb_nta_delete,
    [CONTROL_NTA_LIST] = verb_nta_list, [CONTROL_NTA] = verb_nta,
    [CONTROL_ANCHORS] = verb_anchors,   [CONTROL_FAILURES] = verb_failures,
    [CONTROL_EXPLAIN] = verb_explain,   [CONTROL_CAPTURE] = verb_capture,
};

bool verb_changes(const struct control_request *request)
{
    if (request->verb == CONTROL_NTA && control_value(request, "--dump") != NULL)
        return false;
    return control_verb(request->verb)->changes;
}

void verb_serve(struct session *session)
{
    functions[session_request(session)->verb](session);
}
