/* The types of statements, named by the table. */
#ifndef CONFIG_VALUES_H
#define CONFIG_VALUES_H

struct config_type;

/* values.c */
extern const struct config_type config_type_boolean, config_type_number, config_type_ttl, config_type_timeout,
    config_type_cache_size, config_type_string, config_type_string_or_none, config_type_server_id,
    config_type_qmin, config_type_minimal, config_type_acl, config_type_ignored;
/* blocks.c */
extern const struct config_type config_type_options, config_type_named_acl, config_type_server,
    config_type_server_flag, config_type_zone, config_type_zone_type, config_type_controls,
    config_type_unix_socket, config_type_inet, config_type_listen, config_type_query_source,
    config_type_forward, config_type_addresses, config_type_include;
/* local.c */
extern const struct config_type config_type_key, config_type_key_algorithm, config_type_key_secret,
    config_type_notify, config_type_no_update, config_type_empty_zone;
/* remotes.c */
extern const struct config_type config_type_remotes, config_type_remote_list;
/* dnstap.c */
extern const struct config_type config_type_dnstap, config_type_dnstap_output;
/* statistics.c */
extern const struct config_type config_type_statistics_channels, config_type_statistics_inet;
/* trust.c, disable.c */
extern const struct config_type config_type_validation, config_type_trust_anchors, config_type_managed_keys,
    config_type_trusted_keys, config_type_names, config_type_disable_algorithms, config_type_disable_digests;
/* logging.c */
extern const struct config_type config_type_logging, config_type_channel, config_type_category,
    config_type_category_name, config_type_log_file, config_type_log_syslog, config_type_log_plain,
    config_type_severity;

#endif
