#include "daemon/cli/flags.h"
#include "daemon/cli/help.h"

// The flags of commands that talk to a running daemon.
namespace revisitd::daemon::cli {

CLI::Option* add_duration(CLI::App* app, const std::string& flag, Duration& target,
                          const std::string& help) {
  return app->add_option(flag)
      ->type_name("DURATION")
      ->description(help)
      ->default_str(format_duration(target))
      ->check(reads_into(target, parse_duration));
}

void add_client(CLI::App* app, ClientOptions& options) {
  app->add_option("--url", options.url, "Address of the running daemon")
      ->capture_default_str()
      ->type_name("URL");
  app->add_flag("--json", options.json, "Print JSON instead of text");
  app->add_option("--http.config.file", options.http_config_file,
                  "Credentials and TLS to reach it with, as promtool takes them")
      ->type_name("FILE");
  add_duration(app, "--timeout", options.timeout, "How long to wait for an answer");
}

namespace {

void add_words(CLI::App& app, AskOptions& o, Chosen& chosen) {
  const auto add = [&](const char* name, const char* help, const char* more,
                       int (*command)(const ClientOptions&, const WordOptions&)) {
    CLI::App* sub = app.add_subcommand(name, help)->group(kAnswer);
    sub->footer(more);
    sub->add_option("revisit", o.word.target, "The revisit, or the service it is about")
        ->required()
        ->type_name("REVISIT|SERVICE");
    sub->add_option("--by", o.word.by, "Who says so")
        ->envname("USER")
        ->required()
        ->type_name("NAME");
    add_client(sub, o.client);
    sub->callback(
        [&o, &chosen, command] { chosen = [&o, command] { return command(o.client, o.word); }; });
    return sub;
  };
  add("acknowledge", "Say that somebody works on a revisit", kAcknowledgeHelp, acknowledge)
      ->add_option("--why", o.word.why, "A word about it")
      ->type_name("TEXT");
  CLI::App* snooze_app = add("snooze", "Keep a revisit quiet for a while", kSnoozeHelp, snooze);
  snooze_app->add_option("--why", o.word.why, "Why it can wait")->required()->type_name("TEXT");
  snooze_app->add_option("--until", o.word.until, "A time, or a duration from now")
      ->required()
      ->type_name("TIME|DURATION");
  snooze_app
      ->add_option("--worsens-by", o.word.worsens_by,
                   "End it early when a trigger's value is this much worse")
      ->type_name("SHARE");
  CLI::App* conclude_app = add("conclude", "End a revisit", kConcludeHelp, conclude);
  conclude_app->add_option("--why", o.word.why, "What was decided, and why")
      ->required()
      ->type_name("TEXT");
  conclude_app->add_option("--outcome", o.word.outcome, "How it was decided")
      ->required()
      ->type_name("OUTCOME")
      ->check(CLI::IsMember({"reaffirmed", "changed", "amended"}));
}

void add_confirm(CLI::App& app, AskOptions& o, Chosen& chosen) {
  CLI::App* sub = app.add_subcommand("confirm", "Say that a roster that lists fewer is right");
  sub->group(kBelieve)->footer(kConfirmHelp);
  sub->add_option("--by", o.word.by, "Who says so")->envname("USER")->required()->type_name("NAME");
  sub->add_option("--why", o.word.why, "A word about it")->type_name("TEXT");
  add_client(sub, o.client);
  sub->callback([&o, &chosen] { chosen = [&o] { return confirm(o.client, o.word); }; });
}

void add_reading(CLI::App& app, AskOptions& o, Chosen& chosen) {
  CLI::App* status_app =
      app.add_subcommand("status", "Show how decisions and their triggers stand")->group(kAsk);
  status_app->footer(kStatusHelp);
  add_client(status_app, o.client);
  status_app->callback([&] { chosen = [&o] { return status(o.client); }; });

  CLI::App* explain_app =
      app.add_subcommand("explain", "Say why a trigger tripped or did not")->group(kAsk);
  explain_app->footer(kExplainHelp);
  add_client(explain_app, o.client);
  explain_app->add_option("service", o.explain_service, "Service")->required()->type_name("NAME");
  explain_app->add_option("trigger", o.explain_trigger, "Only this trigger")->type_name("NAME");
  explain_app->callback(
      [&] { chosen = [&o] { return explain(o.client, o.explain_service, o.explain_trigger); }; });

  CLI::App* assess_app =
      app.add_subcommand("assess", "Rerun a decision on today's inputs")->group(kAsk);
  assess_app->footer(kAssessHelp);
  add_client(assess_app, o.client);
  assess_app->add_option("service", o.assess_service, "Service")->required()->type_name("NAME");
  assess_app->callback([&] { chosen = [&o] { return assess(o.client, o.assess_service); }; });

  CLI::App* draft_app =
      app.add_subcommand("draft", "Write the new record that a revisit asks for")->group(kAsk);
  draft_app->footer(kDraftHelp);
  add_client(draft_app, o.client);
  draft_app->add_option("service", o.draft_service, "Service")->required()->type_name("NAME");
  draft_app->callback([&] { chosen = [&o] { return draft(o.client, o.draft_service); }; });

  CLI::App* trail_app =
      app.add_subcommand("trail", "Print what happened to decisions")->group(kAsk);
  trail_app->footer(kTrailHelp);
  add_client(trail_app, o.client);
  trail_app->add_option("--service", o.trail.service, "Only this service")->type_name("NAME");
  trail_app->add_option("--team", o.trail.team, "Only this team")->type_name("NAME");
  trail_app->add_option("--language", o.trail.language, "Only this language")->type_name("NAME");
  trail_app->add_option("--revisit", o.trail.revisit, "Only this revisit")->type_name("ID");
  trail_app->add_option("--type", o.trail.type, "Only this type of event; revisit.* for a family")
      ->type_name("TYPE");
  trail_app->add_option("--start", o.trail.start, "From this time on")->type_name("TIME");
  trail_app->add_option("--end", o.trail.end, "Before this time")->type_name("TIME");
  trail_app
      ->add_option("--limit", o.trail.limit, "At most this many; 100 for a table, otherwise all")
      ->type_name("COUNT")
      ->check(CLI::Range(1, 1'000'000'000));
  trail_app->add_option("--format", o.trail.format, "table, markdown or json")
      ->capture_default_str()
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "markdown", "json"}));
  trail_app->add_flag("--stack", o.trail.stack, "Print what teams run and why, instead");
  trail_app->callback([&] { chosen = [&o] { return trail(o.client, o.trail); }; });
}

void add_advise(CLI::App& app, AskOptions& o, Chosen& chosen) {
  CLI::App* sub =
      app.add_subcommand("advise", "Compare languages for a service that does not exist yet")
          ->group(kAsk);
  sub->footer(kAdviseHelp);
  add_client(sub, o.client);
  AdviseOptions& a = o.advise;
  sub->add_option("--workload", a.workload, "Kind of work, as records name it")
      ->required()
      ->type_name("WORKLOAD");
  sub->add_option("--team", a.team, "Team that will own it")->type_name("NAME");
  sub->add_option("--languages", a.languages, "Only these, comma-separated")->type_name("LIST");
  const auto budget = [sub](const char* flag, std::string& target, const char* help,
                            const char* type) {
    sub->add_option(flag, target, help)->type_name(type);
  };
  budget("--latency-p99", a.latency_p99, "Budget of the tail", "DURATION");
  budget("--rps", a.rps, "Requests a second it must carry", "NUMBER");
  budget("--memory", a.memory, "Budget of an instance's memory", "SIZE");
  budget("--cold-start", a.cold_start, "Budget of a start", "DURATION");
  budget("--containers-per-node", a.containers_per_node, "Density it must reach", "NUMBER");
  budget("--cost", a.cost, "Budget of its cost", "NUMBER");
  sub->add_option("--budget", a.budgets, "Budget of any other signal; may be repeated")
      ->type_name("SIGNAL=VALUE");
  sub->callback([&o, &chosen] { chosen = [&o] { return advise(o.client, o.advise); }; });
}

void add_backup(CLI::App& app, AskOptions& o, Chosen& chosen) {
  CLI::App* sub = app.add_subcommand("backup", "Copy the database, in use or not")->group(kAsk);
  sub->footer(kBackupHelp);
  sub->add_option("to", o.backup_to, "File to write; must not exist")
      ->required()
      ->type_name("FILE");
  sub->add_option("--storage.path", o.storage_path, "Directory of the database")
      ->capture_default_str()
      ->type_name("DIR");
  add_client(sub, o.client);
  sub->callback([&] { chosen = [&o] { return backup(o.client, o.storage_path, o.backup_to); }; });
}

}  // namespace

void add_asking(CLI::App& app, AskOptions& options, Chosen& chosen) {
  add_reading(app, options, chosen);
  add_advise(app, options, chosen);
  add_words(app, options, chosen);
  add_confirm(app, options, chosen);
  add_backup(app, options, chosen);
}

}  // namespace revisitd::daemon::cli
