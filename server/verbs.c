#include "server/verbs.h"

static verb_function *const functions[CONTROL_VERBS] = {
    [CONTROL_STATUS] = verb_status,
    [CONTROL_STATISTICS] = verb_statistics,
    [CONTROL_METRICS] = verb_metrics,
    [CONTROL_VERSION] = verb_version,
    [CONTROL_HELP] = verb_help,
    [CONTROL_STOP] = verb_stop,
    [CONTROL_RELOAD] = verb_reload,
    [CONTROL_ZONE_STATUS] = verb_zone_status,
    [CONTROL_REFRESH] = verb_refresh,
    [CONTROL_RETRANSFER] = verb_retransfer,
    [CONTROL_NOTIFY] = verb_notify,
    [CONTROL_SHOWCONF] = verb_showconf,
    [CONTROL_CACHE_STATISTICS] = verb_cache_statistics,
    [CONTROL_CACHE_GET] = verb_cache_get,
    [CONTROL_CACHE_LIST] = verb_cache_list,
    [CONTROL_CACHE_DUMP] = verb_cache_dump,
    [CONTROL_CACHE_LOAD] = verb_cache_load,
    [CONTROL_FLUSH_ALL] = verb_flush,
    [CONTROL_FLUSH_NAME] = verb_flush,
    [CONTROL_FLUSH_TYPE] = verb_flush_type,
    [CONTROL_FLUSH_TREE] = verb_flush_tree,
    [CONTROL_FLUSH_NEGATIVE] = verb_flush_negative,
    [CONTROL_FLUSH_BOGUS] = verb_flush_bogus,
    [CONTROL_SERVERS_GET] = verb_servers_get,
    [CONTROL_SERVERS_DUMP] = verb_servers_dump,
    [CONTROL_SERVERS_FLUSH] = verb_servers_flush,
    [CONTROL_INFLIGHT] = verb_inflight,
    [CONTROL_LOOKUP] = verb_lookup,
    [CONTROL_NTA_ADD] = verb_nta_add,
    [CONTROL_NTA_DELETE] = verb_nta_delete,
    [CONTROL_NTA_LIST] = verb_nta_list,
    [CONTROL_NTA] = verb_nta,
    [CONTROL_ANCHORS] = verb_anchors,
    [CONTROL_VALIDATION] = verb_validation,
    [CONTROL_FAILURES] = verb_failures,
    [CONTROL_TOP] = verb_top,
    [CONTROL_MONITOR] = verb_monitor,
    [CONTROL_QUERYLOG] = verb_querylog,
    [CONTROL_LOG_LEVEL] = verb_log_level,
    [CONTROL_TRACE] = verb_trace,
    [CONTROL_NOTRACE] = verb_notrace,
    [CONTROL_ACL_TEST] = verb_acl_test,
    [CONTROL_EXPLAIN] = verb_explain,
    [CONTROL_CAPTURE] = verb_capture,
};

bool verb_changes(const struct control_request *request)
{
    if (request->verb == CONTROL_NTA && control_value(request, "--dump") != NULL)
        return false;
    const struct control_value *way = control_value(request, "WAY");
    if (request->verb == CONTROL_VALIDATION && (way == NULL || way->number > 1)) /* "on|off|status|check" */
        return false;
    if (request->verb == CONTROL_LOG_LEVEL && control_value(request, "LEVEL") == NULL)
        return false;
    return control_verb(request->verb)->changes;
}

void verb_serve(struct session *session)
{
    functions[session_request(session)->verb](session);
}
