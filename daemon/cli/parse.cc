#include "daemon/cli/parse.h"

#include <iostream>
#include <optional>
#include <string_view>

#include "daemon/cli/backtest.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/flags.h"
#include "daemon/cli/help.h"
#include "daemon/cli/test.h"
#include "daemon/version.h"
#include "daemon/web_flags.h"
#include "rules/findings.h"
#include "rules/quantity.h"

namespace revisitd::daemon::cli {
namespace {

Result<std::int64_t> parse_bytes(std::string_view text) {
  const auto quantity = parse_quantity(text);
  if (!quantity) return quantity.error();
  const bool plain_zero = quantity->unit == Unit::number && quantity->value == 0;
  if (quantity->unit != Unit::bytes && !plain_zero)
    return Error{"expected a size such as 10GiB, or 0 for no limit"};
  return static_cast<std::int64_t>(quantity->value);
}

// As in Prometheus it may be given more than once, and name several.
void add_features(CLI::App* app, Features& features) {
  app->add_option("--enable-feature")
      ->type_name("FEATURE,...")
      ->description("Features that are off by default: native-histograms")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false)
      ->check([&features](const std::string& text) -> std::string {
        const auto named = parse_features(text);
        if (!named) return named.error().message;
        features.native_histograms = features.native_histograms || named->native_histograms;
        return {};
      });
}

void add_run(CLI::App& app, RunOptions& o, Chosen& chosen) {
  CLI::App* run_app = app.add_subcommand("run", "Run the daemon")->group(kWatch);
  run_app->footer(kRunHelp);
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
      ->type_name("HOST:PORT")
      ->check(passes(split_listen_address));
  run_app
      ->add_option("--web.config.file", o.web_config_file,
                   "TLS and authentication, as in Prometheus")
      ->type_name("FILE");
  run_app
      ->add_option("--web.external-url", o.external_url, "URL under which people reach the pages")
      ->type_name("URL")
      ->check([](const std::string& text) {
        return text.empty() ? "" : passes(parse_external_url)(text);
      });
  run_app->add_flag("--web.enable-lifecycle", o.enable_lifecycle, "Allow POST /-/reload");
  add_features(run_app, o.features);
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
      const bool flag = option->get_expected_max() == 0;
      o.flags[option->get_single_name()] =
          option->count() > 0 ? (flag ? "true" : CLI::detail::join(option->results(), ","))
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
  CLI::App* check = app.add_subcommand("check", "Check files, or a running daemon")->group(kLook);
  check->require_subcommand(1)->footer(kCheckHelp);
  CLI::App* config = check->add_subcommand("config", "Check a configuration file");
  config->add_option("file,--config.file", o.config_file, "Configuration file")
      ->capture_default_str()
      ->type_name("FILE");
  config->callback([&] { chosen = [&o] { return check_config(o.config_file); }; });

  CLI::App* records = check->add_subcommand("records", "Check decision records");
  records->footer(kCheckRecordsHelp);
  records
      ->add_option("files", o.records.records,
                   "Files, globs or directories; those of the configuration when none is given")
      ->type_name("FILE");
  records
      ->add_option("--config.file", o.records.config_file,
                   "Configuration that declares the signals")
      ->type_name("FILE");
  records->add_flag("--json", o.records.json, "Print JSON instead of text");
  CLI::Option* live = records->add_flag("--live", o.records.live,
                                        "Also hold the triggers against what the servers measured");
  records->add_option("--url", o.records.url, "Ask this running daemon instead of the servers")
      ->type_name("URL")
      ->needs(live);
  add_duration(records, "--look-back", o.records.look_back, "How far back to look")->needs(live);
  records->callback([&] { chosen = [&o] { return check_records(o.records); }; });

  CLI::App* roster = check->add_subcommand("roster", "Check rosters");
  roster->footer(kCheckRosterHelp);
  roster
      ->add_option("sources", o.roster.sources,
                   "Files and URLs; what the configuration names when none is given")
      ->type_name("FILE|URL");
  roster
      ->add_option("--config.file", o.roster.config_file,
                   "Configuration that names them, and holds the credentials of URLs")
      ->type_name("FILE");
  roster
      ->add_option("--http.config.file", o.roster.http_config_file,
                   "Credentials and TLS for other URLs, as Prometheus writes them")
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
  scrape_app->group(kLook)->footer(kScrapeHelp);
  scrape_app->add_option("source", o.source, "URL, file, or - for standard input")
      ->required()
      ->type_name("URL|FILE");
  CLI::Option* json = scrape_app->add_flag("--json", o.json, "One JSON object per sample");
  CLI::Option* strict = scrape_app->add_flag("--strict", o.strict,
                                             "Hold the page against the OpenMetrics specification");
  scrape_app
      ->add_flag("--suggest", o.suggest,
                 "Print the signals the page could feed, as YAML for the configuration")
      ->excludes(json)
      ->excludes(strict);
  scrape_app->add_option("--format", o.format, "Format of a file; a URL says its own")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"prometheus", "openmetrics", "protobuf"}));
  add_features(scrape_app, o.features);
  add_duration(scrape_app, "--timeout", o.timeout, "How long to wait for a page");
  scrape_app->callback([&] { chosen = [&o] { return scrape(o); }; });
}

void add_test(CLI::App& app, TestOptions& o, Chosen& chosen) {
  CLI::App* sub = app.add_subcommand("test", "Run trigger tests")->group(kTry);
  sub->footer(kTestHelp);
  sub->add_option("files", o.files, "Test files")->required()->type_name("FILE");
  sub->add_flag("--json", o.json, "Print JSON instead of text");
  sub->add_option("--junit", o.junit, "Also write a JUnit report here")->type_name("FILE");
  sub->add_flag("--coverage", o.coverage,
                "List triggers that no test opens, or holds just short of opening");
  sub->callback([&] { chosen = [&o] { return test(o); }; });
}

void add_backtest(CLI::App& app, BacktestOptions& o, Chosen& chosen) {
  CLI::App* sub =
      app.add_subcommand("backtest", "Show what history would have made the triggers say")
          ->group(kTry);
  sub->footer(kBacktestHelp);
  sub->add_option("records", o.records,
                  "Record files; those of the configuration when none is given")
      ->type_name("RECORD");
  sub->add_option("--config.file", o.config_file, "Configuration file")
      ->default_str("revisitd.yml")
      ->type_name("FILE");
  sub->add_option("--service", o.service, "Only this service")->type_name("NAME");
  sub->add_option("--trigger", o.trigger, "Only triggers of this name, or one, SERVICE/TRIGGER")
      ->type_name("NAME");
  sub->add_option("--from", o.from,
                  "Judge slots from here on: RFC 3339, Unix seconds, or a duration before now")
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

// How far the words lead: the command they name, and a word that names none.
struct Reached {
  CLI::App* app;
  std::string path;
  std::string stray;  // a word that names no command
  bool more_words = false;
  std::string stray_flag;  // a flag that the command reached does not know
};

bool knows_flag(const CLI::App& app, const std::string& word) {
  return app.get_option_no_throw(word.substr(0, word.find('='))) != nullptr;
}

Reached reach(CLI::App& root, int argc, const char* const* argv) {
  Reached reached{&root, root.get_name(), "", argc > 1, ""};
  for (int i = 1; i < argc && !reached.app->get_subcommands({}).empty(); ++i) {
    const std::string word = argv[i];
    if (word.starts_with('-')) {
      if (!knows_flag(*reached.app, word)) reached.stray_flag = word.substr(0, word.find('='));
      return reached;
    }
    const auto commands = reached.app->get_subcommands({});
    const auto next = std::find_if(commands.begin(), commands.end(),
                                   [&](const CLI::App* app) { return app->get_name() == word; });
    if (next == commands.end()) {
      reached.stray = word;
      return reached;
    }
    reached.app = *next;
    reached.path += " " + word;
    reached.more_words = i + 1 < argc;
  }
  return reached;
}

// ", did you mean `--config.file`?" where a flag of the command is near, else nothing.
std::string flag_meant(const CLI::App& app, const std::string& flag) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    names.push_back("--" + option->get_single_name());
  const std::string meant = rules::suggestion(flag, {names.begin(), names.end()});
  return meant.starts_with("did you mean") ? ", " + meant : "";
}

// The same for a flag that the error speaks of.
std::string flag_meant(const Reached& reached, const CLI::ParseError& error) {
  const std::string said = error.what();
  const std::size_t at = said.find("--");
  const bool extra = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
  if (!extra || at == std::string::npos) return "";
  return flag_meant(*reached.app, said.substr(at, said.find_first_of(" =", at) - at));
}

int say_usage(const Reached& reached, const CLI::ParseError& error) {
  const auto commands = reached.app->get_subcommands({});
  if (!reached.stray.empty()) {
    std::vector<std::string> names;
    for (const CLI::App* command : commands) names.push_back(command->get_name());
    std::cerr << reached.path << ": unknown command `" << printable(reached.stray) << "`, "
              << rules::suggestion(reached.stray, {names.begin(), names.end()}) << "\n";
  } else if (!commands.empty() && !reached.stray_flag.empty()) {
    std::cerr << reached.path << ": unknown flag `" << printable(reached.stray_flag) << "`"
              << flag_meant(*reached.app, reached.stray_flag) << "\n";
  } else if (!commands.empty() && !reached.more_words) {
    const std::size_t last = reached.path.rfind(' ');
    std::cerr << reached.app->help(last == std::string::npos ? "" : reached.path.substr(0, last));
    return kUsage;
  } else {
    std::cerr << reached.path << ": " << printable(error.what()) << flag_meant(reached, error)
              << "\n";
  }
  std::cerr << "Try '" << reached.path << " --help'.\n";
  return kUsage;
}

struct Options {
  RunOptions run;
  CheckOptions check;
  ScrapeOptions scrape;
  AskOptions ask;
  BacktestOptions backtest;
  TestOptions test;
};

// Whether it is `run`, rightly given. A daemon's start waits for the description of no other
// command; where anything is wrong, or help is asked for, the whole one knows more.
bool is_run(int argc, const char* const* argv, RunOptions& options, Chosen& chosen) {
  if (argc < 2 || std::string_view(argv[1]) != "run") return false;
  CLI::App app;
  add_run(app, options, chosen);
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::ParseError&) {
    return false;
  }
}

// Sets what was chosen, or gives an exit code at once.
std::optional<int> choose(int argc, const char* const* argv, Options& options, Chosen& chosen) {
  if (is_run(argc, argv, options.run, chosen)) return std::nullopt;
  options.run = RunOptions{};
  CLI::App app{
      "revisitd watches the reasons behind each service's language decision and says when one "
      "should be rerun",
      "revisitd"};
  app.set_version_flag("--version", version_text());
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.footer(kTopHelp);
  add_run(app, options.run, chosen);
  add_check(app, options.check, chosen);
  add_scrape(app, options.scrape, chosen);
  add_backtest(app, options.backtest, chosen);
  add_test(app, options.test, chosen);
  add_asking(app, options.ask, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version are no mistakes. CLI11 has exit codes of its own; ours are 0, 1 and 2.
    if (error.get_exit_code() == 0) return app.exit(error);
    return say_usage(reach(app, argc, argv), error);
  }
  return std::nullopt;
}

}  // namespace

int parse_and_run(int argc, const char* const* argv) {
  Options options;
  Chosen chosen;
  // The description of all commands takes more than a small daemon's state: it is gone when one of
  // them runs.
  if (const auto code = choose(argc, argv, options, chosen)) return *code;
  return chosen();
}

}  // namespace revisitd::daemon::cli
