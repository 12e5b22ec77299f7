/* What each verb of the control socket does: a function for each, by theme in the verb_*.c files. Each gets a session and
   ends its answer, now or later (server/session.h). */
#ifndef SERVER_VERBS_H
#define SERVER_VERBS_H

#include "server/session.h"

/* Does it change something? Not what only looks, though its verb could do more. */
bool verb_changes(const struct control_request *request);

void verb_serve(struct session *session);

typedef void verb_function(struct session *session);

/* verb_process.c: the daemon itself */
verb_function verb_status, verb_statistics, verb_metrics, verb_version, verb_help, verb_stop, verb_reload;
/* verb_settings.c */
verb_function verb_showconf, verb_acl_test, verb_querylog, verb_log_level, verb_trace, verb_notrace;
/* verb_cache.c */
verb_function verb_flush, verb_flush_tree, verb_flush_type, verb_flush_negative, verb_flush_bogus;
verb_function verb_cache_statistics, verb_cache_get, verb_cache_list, verb_cache_dump;
void report_cache_statistics(struct report *report, const struct cache_statistics *now); /* for both stats */
/* verb_load.c */
verb_function verb_cache_load;
/* verb_servers.c */
verb_function verb_servers_get, verb_servers_dump, verb_servers_flush, verb_inflight, verb_lookup;
/* verb_explain.c */
verb_function verb_explain, verb_capture;
/* verb_failures.c */
verb_function verb_failures;
/* verb_monitor.c */
verb_function verb_monitor;
/* verb_top.c */
verb_function verb_top;
/* verb_zones.c */
verb_function verb_zone_status, verb_zone_reload, verb_refresh, verb_retransfer, verb_notify;
/* verb_trust.c */
verb_function verb_nta_add, verb_nta_delete, verb_nta_list, verb_nta, verb_anchors, verb_validation;

#endif
