#include "daemon/cli/backtest.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>

#include "collectors/record_files.h"
#include "collectors/record_paths.h"
#include "collectors/safe_file.h"
#include "daemon/cli/backtest_report.h"
#include "daemon/cli/backtest_servers.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/progress.h"
#include "daemon/engine_options.h"
#include "daemon/roster_sources.h"

namespace revisitd::daemon::cli {
namespace {

constexpr std::size_t kCsvBytes = std::size_t{2} << 30;

// Said on standard error and over with it.
struct Stop {
  int code;
};

[[noreturn]] void stop(const std::string& why, int code = kBad) {
  std::cerr << "revisitd: " << why << "\n";
  throw Stop{code};
}

void print(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& d : diagnostics) std::cerr << format_diagnostic(d) << "\n";
}

TimePoint now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

std::optional<TimePoint> time_of(const char* flag, const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (const auto ago = parse_duration(text)) return now() - *ago;
  if (const auto seconds = collectors::parse_unix_seconds(text)) return *seconds;
  const auto time = parse_time(text);
  if (!time) {
    stop(std::string(flag) + ": " + time.error().message +
             ", Unix seconds, or a duration before now",
         kUsage);
  }
  return *time;
}

class Command {
 public:
  explicit Command(const BacktestOptions& options) : options_(options) {}

  int run() {
    for (const std::string& text : options_.sweeps) {
      auto sweep = rules::parse_sweep(text);
      if (!sweep) stop("--sweep: " + sweep.error().message, kUsage);
      sweeps_.push_back(*std::move(sweep));
    }
    from_ = time_of("--from", options_.from);
    to_ = time_of("--to", options_.to);
    read_config();
    read_decisions();
    read_roster();
    if (const Status chosen = select_triggers(backtest_, options_.service, options_.trigger);
        !chosen) {
      stop(chosen.error().message);
    }
    for (const rules::Sweep& sweep : sweeps_) settings_.push_back(settings_of(sweep));
    read_values();
    sweeps_.empty() ? print_transitions() : print_sweeps();
    return std::cout.flush() ? kGood : kBad;
  }

 private:
  // Records and a CSV file say enough by themselves: without a configuration the slots are the
  // usual ones, and a signal's unit is what its budget or its conditions ask for.
  void read_config() {
    std::string file = options_.config_file;
    if (file.empty()) {
      file = "revisitd.yml";
      const bool enough = !options_.records.empty() && !options_.csv.empty();
      if (enough && !std::filesystem::exists(file)) {
        record_.infer_signals = true;
        return;
      }
    }
    LoadedConfig loaded = load_config(file);
    print(loaded.diagnostics);
    if (!loaded.config) throw Stop{kBad};
    config_ = *std::move(loaded.config);
    backtest_.engine = engine_options(config_);
  }

  // A record that is wrong is told of and does not stop the others; one that is named and not there
  // does.
  void read_decisions() {
    collectors::RecordFilesOptions files;
    files.settle = Duration{};
    files.patterns = options_.records.empty() ? config_.records.files : options_.records;
    files.signals = config_.signals;
    record_.shortest_slot = backtest_.engine.ladder.front();
    record_.longest_slot = backtest_.engine.ladder.back();
    files.record = record_;
    for (const std::string& pattern : files.patterns) {
      if (collectors::names_missing_file(pattern)) stop(pattern + ": no such file");
    }
    collectors::RecordFiles records(files);
    const collectors::RecordScan scan = records.scan(now());
    for (const Diagnostic& d : scan.diagnostics) {
      if (d.severity == Severity::error) print({d});
    }
    backtest_.decisions = *scan.decisions;
  }

  // As it is now: people's `since` and `until` say how it was.
  void read_roster() {
    RosterFilesReading reading = read_roster_files(config_.roster, now());
    print(reading.diagnostics);
    for (const Diagnostic& d : reading.diagnostics) {
      if (d.severity == Severity::error) throw Stop{kBad};
    }
    backtest_.roster = std::move(reading.roster);
  }

  std::vector<rules::Decisions> settings_of(const rules::Sweep& sweep) {
    std::vector<rules::Decisions> settings;
    for (std::size_t i = 0; i < sweep.texts.size(); ++i) {
      auto decisions = decisions_at(backtest_, sweep, i);
      if (!decisions) stop(decisions.error().message);
      settings.push_back(*std::move(decisions));
    }
    return settings;
  }

  // Of the triggers as they are and at every setting: another window may mean other slots.
  std::vector<HistoryWish> wishes() const {
    rules::Decisions all = backtest_.decisions;
    for (const auto& settings : settings_) {
      for (const rules::Decisions& decisions : settings) {
        all.insert(all.end(), decisions.begin(), decisions.end());
      }
    }
    return wishes_of(all, backtest_.engine.ladder);
  }

  void read_values() {
    if (options_.csv.empty()) {
      read_servers();
    } else {
      read_csv();
    }
    bar_.clear();
    for (const std::string& note : notes_) std::cerr << "revisitd: " << note << "\n";
    if (backtest_.to <= backtest_.from) stop("there is nothing between --from and --to", kUsage);
  }

  void read_csv() {
    const bool standard_input = options_.csv == "-";
    std::string text;
    if (standard_input) {
      text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
      auto content = collectors::read_file(options_.csv, kCsvBytes);
      if (!content) stop(content.error().message);
      text = std::move(content->text);
    }
    source_ = standard_input ? "standard input" : options_.csv;
    std::vector<Diagnostic> diagnostics;
    const std::vector<HistoryWish> wished = wishes();
    collectors::CsvHistory::Names columns;
    for (const HistoryWish& wish : wished) columns.insert(wish.signal.name);
    const auto history = collectors::CsvHistory::parse(
        text, standard_input ? "<stdin>" : options_.csv, diagnostics, columns);
    print(diagnostics);
    if (!history) throw Stop{kBad};
    span_from_csv(backtest_, *history);
    backtest_.from = from_.value_or(backtest_.from);
    backtest_.to = to_.value_or(backtest_.to);
    auto notes = fill_from_csv(backtest_, wished, *history);
    if (!notes) stop(source_ + ": " + notes.error().message);
    notes_ = *std::move(notes);
  }

  void read_servers() {
    if (!from_) stop("--from is required unless --csv is given", kUsage);
    source_ = "from";
    // Slots whose samples may still be on their way are not judged.
    Duration delay{};
    for (const PrometheusServer& server : config_.prometheus) {
      delay = std::max(delay, server.evaluation_delay);
      source_ += " " + server.name;
    }
    if (config_.prometheus.empty()) {
      stop("the configuration names no Prometheus server and no --csv is given");
    }
    backtest_.from = *from_;
    backtest_.to = std::min(to_.value_or(now()), now() - delay);
    auto notes = fill_from_servers(
        backtest_, wishes(), config_,
        [this](double done, const std::string& what) { bar_.show(done, "reading " + what); });
    if (!notes) {
      bar_.clear();
      stop(notes.error().message);
    }
    notes_ = *std::move(notes);
  }

  Progress judging() {
    return [this](double done) { bar_.show(done, "judging"); };
  }

  void print_transitions() {
    const rules::ReplayLog log = run_backtest(backtest_, backtest_.decisions, judging());
    bar_.clear();
    if (options_.json) {
      print_transitions_json(log, std::cout);
    } else {
      const bool colour = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
      print_backtest(backtest_, log, source_, colour, std::cout);
    }
  }

  void print_sweeps() {
    for (std::size_t i = 0; i < sweeps_.size(); ++i) {
      const std::vector<SweepRow> rows = run_sweep(backtest_, sweeps_[i], settings_[i], judging());
      bar_.clear();
      if (options_.json) {
        print_sweep_json(sweeps_[i], rows, std::cout);
      } else {
        print_sweep(backtest_, sweeps_[i], rows, std::cout);
      }
    }
  }

  const BacktestOptions& options_;
  Config config_;
  Backtest backtest_;
  rules::RecordOptions record_;
  std::vector<rules::Sweep> sweeps_;
  std::vector<std::vector<rules::Decisions>> settings_;  // by sweep
  std::optional<TimePoint> from_, to_;
  std::string source_;
  std::vector<std::string> notes_;
  ProgressBar bar_;
};

}  // namespace

int backtest(const BacktestOptions& options) {
  try {
    return Command(options).run();
  } catch (const Stop& stopped) {
    return stopped.code;
  }
}

}  // namespace revisitd::daemon::cli
