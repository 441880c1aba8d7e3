#include "daemon/cli/parse.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>

#include "daemon/cli/backtest.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/test.h"
#include "daemon/version.h"
#include "rules/quantity.h"

namespace revisitd::daemon::cli {
namespace {

// What was chosen: set by the callbacks, run after parsing so that a command's own failure is no
// usage error.
using Chosen = std::function<int()>;

template <class T, class Parse>
std::function<std::string(const std::string&)> reads_into(T& target, Parse parse) {
  return [&target, parse](const std::string& text) -> std::string {
    auto value = parse(text);
    if (!value) return value.error().message;
    target = *value;
    return {};
  };
}

CLI::Option* add_duration(CLI::App* app, const std::string& flag, Duration& target,
                          const std::string& help) {
  return app->add_option(flag)
      ->type_name("DURATION")
      ->description(help)
      ->default_str(format_duration(target))
      ->check(reads_into(target, parse_duration));
}

Result<std::int64_t> parse_bytes(std::string_view text) {
  const auto quantity = parse_quantity(text);
  if (!quantity) return quantity.error();
  const bool plain_zero = quantity->unit == Unit::number && quantity->value == 0;
  if (quantity->unit != Unit::bytes && !plain_zero)
    return Error{"expected a size such as 10GiB, or 0 for no limit"};
  return static_cast<std::int64_t>(quantity->value);
}

void add_client(CLI::App* app, ClientOptions& options) {
  app->add_option("--url", options.url, "Address of the running daemon")
      ->capture_default_str()
      ->type_name("URL");
  app->add_flag("--json", options.json, "Print JSON instead of text");
  add_duration(app, "--timeout", options.timeout, "How long to wait for an answer");
}

void add_run(CLI::App& app, RunOptions& o, Chosen& chosen) {
  CLI::App* run_app = app.add_subcommand("run", "Run the daemon");
  run_app->add_option("--config.file", o.config_file, "Configuration file")
      ->capture_default_str()
      ->type_name("FILE");
  run_app->add_option("--storage.path", o.storage_path, "Directory of the database")
      ->capture_default_str()
      ->type_name("DIR");
  add_duration(run_app, "--storage.retention.time", o.retention_time, "How long slots are kept");
  run_app->add_option("--storage.retention.size")
      ->type_name("SIZE")
      ->description("Size of the database over which the oldest slots go; 0 for no limit")
      ->default_str("0")
      ->check(reads_into(o.retention_bytes, parse_bytes));
  run_app->add_flag("--storage.rebuild", o.rebuild,
                    "Put a damaged database aside and start with a new one");
  run_app->add_option("--web.listen-address", o.listen_address, "Address of the API and the pages")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  run_app
      ->add_option("--web.config.file", o.web_config_file,
                   "TLS and authentication, as in Prometheus")
      ->type_name("FILE");
  run_app
      ->add_option("--web.external-url", o.external_url, "URL under which people reach the pages")
      ->type_name("URL");
  run_app->add_flag("--web.enable-lifecycle", o.enable_lifecycle, "Allow POST /-/reload");
  run_app->add_option("--log.level")
      ->type_name("LEVEL")
      ->description("debug, info, warn or error")
      ->default_str("info")
      ->check(reads_into(o.log_level, parse_log_level));
  run_app->add_option("--log.format")
      ->type_name("FORMAT")
      ->description("logfmt or json")
      ->default_str("logfmt")
      ->check(reads_into(o.log_format, parse_log_format));
  run_app->callback([run_app, &o, &chosen] {
    for (const CLI::Option* option : run_app->get_options()) {
      if (option->get_name() == "--help") continue;
      const bool flag = option->get_type_size() == 0;
      o.flags[option->get_single_name()] = option->count() > 0
                                               ? (flag ? "true" : option->results().back())
                                               : (flag ? "false" : option->get_default_str());
    }
    chosen = [&o] { return run(o); };
  });
}

struct CheckOptions {
  std::string config_file = "revisitd.yml";
  CheckRecordsOptions records;
  CheckRosterOptions roster;
  ClientOptions client;
};

void add_check(CLI::App& app, CheckOptions& o, Chosen& chosen) {
  CLI::App* check =
      app.add_subcommand("check", "Check files, or a running daemon")->require_subcommand(1);
  CLI::App* config = check->add_subcommand("config", "Check a configuration file");
  config->add_option("file,--config.file", o.config_file, "Configuration file")
      ->capture_default_str();
  config->callback([&] { chosen = [&o] { return check_config(o.config_file); }; });

  CLI::App* records = check->add_subcommand("records", "Check decision records");
  records->add_option("files", o.records.records,
                      "Record files; those of the configuration when none is given");
  records
      ->add_option("--config.file", o.records.config_file,
                   "Configuration that declares the signals")
      ->type_name("FILE");
  records->add_flag("--json", o.records.json, "Print JSON instead of text");
  records->callback([&] { chosen = [&o] { return check_records(o.records); }; });

  CLI::App* roster = check->add_subcommand("roster", "Check roster files");
  roster->add_option("files", o.roster.files,
                     "Roster files; those of the configuration when none is given");
  roster->add_option("--config.file", o.roster.config_file, "Configuration that names them")
      ->type_name("FILE");
  roster->add_flag("--json", o.roster.json, "Print JSON instead of text");
  roster->callback([&] { chosen = [&o] { return check_roster(o.roster); }; });

  for (const bool ready : {true, false}) {
    CLI::App* probe = check->add_subcommand(ready ? "ready" : "healthy",
                                            ready ? "Ask a running daemon whether it is ready"
                                                  : "Ask a running daemon whether it is alive");
    add_client(probe, o.client);
    probe->callback(
        [&o, &chosen, ready] { chosen = [&o, ready] { return check_ready(o.client, ready); }; });
  }
}

void add_scrape(CLI::App& app, ScrapeOptions& o, Chosen& chosen) {
  CLI::App* scrape_app = app.add_subcommand("scrape", "Print the samples of a metrics page");
  scrape_app->add_option("source", o.source, "URL, file, or - for standard input")
      ->required()
      ->type_name("URL|FILE");
  scrape_app->add_flag("--json", o.json, "One JSON object per sample");
  scrape_app->add_flag("--strict", o.strict, "Hold the page against the OpenMetrics specification");
  scrape_app->add_option("--format", o.format, "Format of a file; a URL says its own")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"prometheus", "openmetrics"}));
  add_duration(scrape_app, "--timeout", o.timeout, "How long to wait for a page");
  scrape_app->callback([&] { chosen = [&o] { return scrape(o); }; });
}

void add_test(CLI::App& app, TestOptions& o, Chosen& chosen) {
  CLI::App* sub = app.add_subcommand("test", "Run trigger tests");
  sub->add_option("files", o.files, "Test files")->required()->type_name("FILE");
  sub->add_flag("--json", o.json, "Print JSON instead of text");
  sub->add_option("--junit", o.junit, "Also write a JUnit report here")->type_name("FILE");
  sub->add_flag("--coverage", o.coverage,
                "List triggers that no test opens, or holds just short of opening");
  sub->callback([&] { chosen = [&o] { return test(o); }; });
}

void add_backtest(CLI::App& app, BacktestOptions& o, Chosen& chosen) {
  CLI::App* sub =
      app.add_subcommand("backtest", "Show what history would have made the triggers say");
  sub->add_option("records", o.records, "Record files; those of the configuration when none is given")
      ->type_name("RECORD");
  sub->add_option("--config.file", o.config_file, "Configuration file")
      ->default_str("revisitd.yml")
      ->type_name("FILE");
  sub->add_option("--service", o.service, "Only this service");
  sub->add_option("--trigger", o.trigger, "Only triggers of this name");
  sub->add_option("--from", o.from, "Judge slots from here on; a duration is counted back from now")
      ->type_name("TIME|DURATION");
  sub->add_option("--to", o.to, "Judge slots up to here")->type_name("TIME|DURATION");
  sub->add_option("--csv", o.csv, "Take values from here and not from the Prometheus servers")
      ->type_name("FILE");
  sub->add_option("--sweep", o.sweeps,
                  "Compare settings: threshold=80ms..150ms/10ms or window=1d,7d,14d")
      ->type_name("SETTINGS")
      ->allow_extra_args(false);
  sub->add_flag("--json", o.json, "Print JSON instead of text");
  sub->callback([&] { chosen = [&o] { return backtest(o); }; });
}

struct TalkOptions {
  ClientOptions client;
  WordOptions word;
  TrailOptions trail;
};

void add_words(CLI::App& app, TalkOptions& o, Chosen& chosen) {
  const auto add = [&](const char* name, const char* help,
                       int (*command)(const ClientOptions&, const WordOptions&)) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->add_option("revisit", o.word.target, "Revisit or service")->required();
    sub->add_option("--by", o.word.by, "Who says so")->envname("USER")->required();
    add_client(sub, o.client);
    sub->callback(
        [&o, &chosen, command] { chosen = [&o, command] { return command(o.client, o.word); }; });
    return sub;
  };
  add("acknowledge", "Say that somebody works on a revisit", acknowledge)
      ->add_option("--why", o.word.why, "A word about it");
  CLI::App* snooze_app = add("snooze", "Keep a revisit quiet for a while", snooze);
  snooze_app->add_option("--why", o.word.why, "Why it can wait")->required();
  snooze_app->add_option("--until", o.word.until, "A time, or a duration from now")
      ->required()
      ->type_name("TIME|DURATION");
  snooze_app
      ->add_option("--worsens-by", o.word.worsens_by,
                   "End it early when a trigger's value is this much worse")
      ->type_name("SHARE");
  CLI::App* conclude_app = add("conclude", "End a revisit", conclude);
  conclude_app->add_option("--why", o.word.why, "What was decided, and why")->required();
  conclude_app->add_option("--outcome", o.word.outcome, "reaffirmed, changed or amended")
      ->required()
      ->check(CLI::IsMember({"reaffirmed", "changed", "amended"}));
}

void add_reading(CLI::App& app, TalkOptions& o, Chosen& chosen) {
  CLI::App* status_app =
      app.add_subcommand("status", "Show what a running daemon says of its decisions");
  add_client(status_app, o.client);
  status_app->callback([&] { chosen = [&o] { return status(o.client); }; });

  CLI::App* trail_app = app.add_subcommand("trail", "Print what happened to decisions");
  add_client(trail_app, o.client);
  trail_app->add_option("--service", o.trail.service, "Only this service");
  trail_app->add_option("--team", o.trail.team, "Only this team");
  trail_app->add_option("--language", o.trail.language, "Only this language");
  trail_app->add_option("--revisit", o.trail.revisit, "Only this revisit");
  trail_app->add_option("--type", o.trail.type, "Only this type of event; revisit.* for a family");
  trail_app->add_option("--start", o.trail.start, "From this time on")->type_name("TIME");
  trail_app->add_option("--end", o.trail.end, "Before this time")->type_name("TIME");
  trail_app->add_option("--limit", o.trail.limit, "At most this many")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  trail_app->callback([&] { chosen = [&o] { return trail(o.client, o.trail); }; });
}

struct BackupOptions {
  std::string storage_path = "data";
  std::string to;
};

void add_backup(CLI::App& app, BackupOptions& o, Chosen& chosen) {
  CLI::App* sub = app.add_subcommand("backup", "Copy the database of a stopped daemon");
  sub->add_option("to", o.to, "File to write; must not exist")->required()->type_name("FILE");
  sub->add_option("--storage.path", o.storage_path, "Directory of the database")
      ->capture_default_str();
  sub->callback([&] { chosen = [&o] { return backup(o.storage_path, o.to); }; });
}

}  // namespace

int parse_and_run(int argc, const char* const* argv) {
  CLI::App app{
      "revisitd watches the reasons behind each service's language decision and says when one "
      "should be rerun",
      "revisitd"};
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  RunOptions run_options;
  CheckOptions check_options;
  ScrapeOptions scrape_options;
  TalkOptions talk_options;
  BackupOptions backup_options;
  BacktestOptions backtest_options;
  TestOptions test_options;
  Chosen chosen;
  add_run(app, run_options, chosen);
  add_check(app, check_options, chosen);
  add_scrape(app, scrape_options, chosen);
  add_backtest(app, backtest_options, chosen);
  add_test(app, test_options, chosen);
  add_reading(app, talk_options, chosen);
  add_words(app, talk_options, chosen);
  add_backup(app, backup_options, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 has exit codes of its own from 100 on; ours are 0, 1 and 2.
    return app.exit(error) == 0 ? kGood : kUsage;
  }
  return chosen();
}

}  // namespace revisitd::daemon::cli
