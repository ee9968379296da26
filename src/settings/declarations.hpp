#pragma once
// Every setting of the program, once.

#include "settings/settings.hpp"

namespace gsdb::settings {

inline constexpr TextSetting home{
    {"home", Type::text, "", "Folder of everything the program writes. Empty: ~/.local/share/gsdb."}};

inline constexpr TextSetting database_url{{"database.url", Type::text, "",
                                           "Connection string (postgresql://...) of an administrator on your own "
                                           "PostgreSQL 14 to 18. Empty: the embedded one.",
                                           true}};
inline constexpr TextSetting database_layout{
    {"database.layout", Type::text, "split", "split: eight databases; unified: one database with the same schemas."}};
inline constexpr TextSetting database_name{
    {"database.name", Type::text, "gsdb", "Name of the one database of the unified layout."}};
inline constexpr BooleanSetting database_prepared{
    {"database.prepared", Type::boolean, "true",
     "Use named prepared statements. Turn off behind PgBouncer in transaction mode."}};
inline constexpr IntegerSetting database_connections{{"database.connections", Type::integer, "4",
                                                      "Most connections of one server thread to one database.", false,
                                                      true, 1, 1000}};
inline constexpr IntegerSetting database_silence_seconds{
    {"database.silence_seconds", Type::integer, "30",
     "How long a statement waits for its answer before the server is asked whether it is still there; one that is not "
     "ends the statement. 0 waits for ever.",
     false, true, 0, 86400}};

inline constexpr BooleanSetting maintenance_enabled{
    {"maintenance.enabled", Type::boolean, "true",
     "Whether the server runs what is due of partitions, retention, rollups and statistics in every database."}};
inline constexpr IntegerSetting metrics_health_seconds{
    {"metrics.health_seconds", Type::integer, "30",
     "How often the health of every database is read for /metrics. 0: never.", false, true, 0, 3600}};
inline constexpr IntegerSetting metrics_statements_seconds{
    {"metrics.statements_seconds", Type::integer, "60",
     "How often the cost of the program's own statements is written to analytics.query_performance_log. 0: never.",
     false, true, 0, 3600}};

inline constexpr TextSetting postgres_bindir{
    {"postgres.bindir", Type::text, "",
     "Folder of the postgres and initdb programs for the embedded server. Empty: the newest that is found."}};

inline constexpr BooleanSetting postgres_archive{
    {"postgres.archive", Type::boolean, "false",
     "Keep the embedded server's log, so that gsdb db restore --to-time can go back to any moment. Costs a compressed "
     "copy of all that is written, and a base backup a day, for postgres.archive_days."}};
inline constexpr IntegerSetting postgres_archive_days{
    {"postgres.archive_days", Type::integer, "7", "How many days back the kept log reaches.", false, true, 1, 3650}};

inline constexpr TextSetting http_address{
    {"http.address", Type::text, "127.0.0.1", "Address that the server listens on."}};
inline constexpr IntegerSetting http_port{{"http.port", Type::integer, "8420",
                                           "Port that the server listens on; 0 takes a free one.", false, true, 0,
                                           65535}};
inline constexpr IntegerSetting http_threads{
    {"http.threads", Type::integer, "0",
     "Server threads, each with its own event loop and connections. 0: one for each core, at most 8.", false, true, 0,
     256}};
inline constexpr TextSetting http_tls_certificate{
    {"http.tls_certificate", Type::text, "",
     "PEM file of the certificate chain. Given with http.tls_key, the server speaks TLS."}};
inline constexpr TextSetting http_tls_key{
    {"http.tls_key", Type::text, "", "PEM file of the certificate's private key."}};

inline constexpr IntegerSetting index_threads{
    {"index.threads", Type::integer, "0", "Threads that read and parse. 0: one for each core.", false, false, 0, 1024}};
inline constexpr IntegerSetting index_file_bytes_max{{"index.file_bytes_max", Type::integer, "2097152",
                                                      "Larger files are listed as skipped, in bytes.", false, false, 1,
                                                      1073741824}};
inline constexpr BooleanSetting index_vendored{
    {"index.vendored", Type::boolean, "false", "Index vendored files too.", false, false}};
inline constexpr BooleanSetting index_generated{
    {"index.generated", Type::boolean, "false", "Index generated files too.", false, false}};
inline constexpr TextSetting index_history{
    {"index.history", Type::text, "2y",
     "How much of a repository's history is stored: all, off, or how long before its newest commit it begins, in days, "
     "weeks, months or years: 90d, 26w, 18m, 2y.",
     false, false}};

inline constexpr TextSetting index_plugins{
    {"index.plugins", Type::text, "",
     "Folder whose folders are plug-ins: languages and checks. Empty: plugins in the home folder.", false, false}};
inline constexpr IntegerSetting index_plugin_seconds{
    {"index.plugin_seconds", Type::integer, "10",
     "How long a plug-in may take for one file; one that takes longer is not used in the rest of the run.", false,
     false, 1, 3600}};

inline constexpr TextSetting events_subscriber_networks{
    {"events.subscriber_networks", Type::text, "",
     "Networks of your own that subscribers may be in, with commas: 10.0.0.0/8,fd00::/8. Without it webhooks go to "
     "public addresses only."}};
inline constexpr IntegerSetting events_spool_bytes_max{
    {"events.spool_bytes_max", Type::integer, "268435456",
     "Room on disk for deliveries of GitHub, which does not send again, while PostgreSQL is away, in bytes. 0: none.",
     false, true, 0, 1099511627776}};
inline constexpr TextSetting events_archive_folder{
    {"events.archive_folder", Type::text, "",
     "Folder for files of events that are past their retention and are to be archived before they are deleted. Empty: "
     "such events stay in the database."}};
inline constexpr TextSetting events_slack_url{{"events.slack_url", Type::text, "https://slack.com/api/chat.postMessage",
                                               "Where messages to Slack go; another one is for tests and proxies."}};

inline constexpr IntegerSetting tasks_concurrent_max{{"tasks.concurrent_max", Type::integer, "16",
                                                      "How many tasks of the queue the server runs at once. 0: none.",
                                                      false, true, 0, 10000}};
inline constexpr TextSetting tasks_executors{
    {"tasks.executors", Type::text, "command,http,sql",
     "Which tasks of the queue the server runs, with commas: command (programs, as the user that gsdb runs as), http "
     "(calls), sql (queries). Programs and queries are taken of the command line and of administrators alone."}};
inline constexpr TextSetting tasks_http_networks{
    {"tasks.http_networks", Type::text, "",
     "Networks of your own that tasks may call, with commas: 10.0.0.0/8,fd00::/8. Without it calls go to public "
     "addresses only."}};

inline constexpr TextSetting services_networks{
    {"services.networks", Type::text, "",
     "Networks of your own in which services that workflows use may be (GitHub Enterprise, a model of your own), with "
     "commas: 10.0.0.0/8,fd00::/8. Without it they are on public addresses only."}};
inline constexpr TextSetting services_github_url{
    {"services.github_url", Type::text, "", "Base URL of GitHub's API. Empty: that of the remote's host."}};
inline constexpr TextSetting services_linear_url{
    {"services.linear_url", Type::text, "", "Base URL of Linear's API. Empty: https://api.linear.app."}};
inline constexpr TextSetting services_codegen_url{
    {"services.codegen_url", Type::text, "", "Base URL of Codegen's API. Empty: https://api.codegen.com."}};
inline constexpr IntegerSetting services_codegen_organization{{"services.codegen_organization", Type::integer, "1",
                                                               "Number of your organization at Codegen.", false, true,
                                                               0, 9223372036854775807}};
inline constexpr TextSetting services_openai_url{
    {"services.openai_url", Type::text, "",
     "Base URL of an API as OpenAI's: http://127.0.0.1:11434/v1 for a server on this machine. Empty: "
     "https://api.openai.com/v1."}};
inline constexpr TextSetting services_anthropic_url{
    {"services.anthropic_url", Type::text, "", "Base URL of Anthropic's API. Empty: https://api.anthropic.com."}};
inline constexpr IntegerSetting services_look_milliseconds{
    {"services.look_milliseconds", Type::integer, "15000",
     "Pause between two looks at what others decide: checks, reviews, issues, runs of agents.", false, true, 50,
     3600000}};

inline constexpr TextSetting log_level{
    {"log.level", Type::text, "info", "Least level that is logged: trace, debug, info, warn, error, off."}};
inline constexpr TextSetting log_format{{"log.format", Type::text, "logfmt", "Form of a log line: logfmt or json."}};
inline constexpr TextSetting encryption_key{{"encryption.key", Type::text, "",
                                             "Key for stored credentials, 32 bytes in hexadecimal. Empty: the 0600 "
                                             "file secrets/encryption.key in the home folder, made at first use.",
                                             true}};

}  // namespace gsdb::settings
