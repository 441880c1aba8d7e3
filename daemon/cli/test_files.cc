#include "daemon/cli/test_files.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "collectors/record_files.h"
#include "collectors/record_paths.h"
#include "collectors/safe_file.h"
#include "daemon/config.h"
#include "daemon/engine_options.h"
#include "rules/roster_decode.h"

namespace revisitd::daemon::cli {
namespace {

constexpr std::size_t kTestBytes = 1 << 20;

class Loader {
 public:
  explicit Loader(LoadedTest& loaded) : loaded_(loaded), findings_(loaded.file, loaded.text) {}

  void load() {
    test_ = rules::decode_trigger_test(loaded_.text, loaded_.file, findings_);
    if (test_) {
      read_config();
      read_records();
      read_rosters();
      if (findings_.ok() && !has_error(found_)) {
        rules::check_trigger_test(*test_, loaded_.inputs, findings_);
      }
    }
    loaded_.diagnostics = findings_.list();
    loaded_.diagnostics.insert(loaded_.diagnostics.end(), found_.begin(), found_.end());
    if (test_ && !has_error(loaded_.diagnostics)) loaded_.test = std::move(test_);
  }

 private:
  std::string beside(const std::string& path) const {
    if (path.starts_with('/')) return path;
    return (std::filesystem::path(loaded_.file).parent_path() / path).string();
  }

  void read_config() {
    if (test_->config.empty()) {
      signals_ = rules::signals_of(*test_, findings_);
      record_.infer_signals = true;
      return;
    }
    LoadedConfig config = load_config(beside(test_->config));
    found_.insert(found_.end(), config.diagnostics.begin(), config.diagnostics.end());
    if (!config.config) return;
    signals_ = config.config->signals;
    loaded_.inputs.engine = engine_options(*config.config);
  }

  void read_records() {
    record_.shortest_slot = loaded_.inputs.engine.ladder.front();
    record_.longest_slot = loaded_.inputs.engine.ladder.back();
    loaded_.inputs.decisions = decisions_of(test_->records, test_->records_place);
    for (std::size_t i = 0; i < test_->events.size(); ++i) {
      const auto* files = std::get_if<rules::TestEvent::RecordFiles>(&test_->events[i].what);
      if (files) loaded_.inputs.records[i] = decisions_of(*files, test_->events[i].place);
    }
  }

  rules::Decisions decisions_of(const rules::TestEvent::RecordFiles& named, Place place) {
    collectors::RecordFilesOptions options;
    options.signals = signals_;
    options.record = record_;
    options.settle = Duration{};
    bool missing = false;
    for (std::size_t i = 0; i < named.paths.size(); ++i) {
      const std::string& path = options.patterns.emplace_back(beside(named.paths[i]));
      if (!collectors::names_missing_file(path)) continue;
      findings_.error(named.places[i], "no such file: " + path);
      missing = true;
    }
    collectors::RecordFiles files(std::move(options));
    const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    const collectors::RecordScan scan = files.scan(now);
    for (const Diagnostic& d : scan.diagnostics) {
      if (d.severity == Severity::error) found_.push_back(d);
    }
    for (const auto& [path, state] : files.files()) {
      if (!state->ok() || state->decides) continue;
      findings_.error(place, std::string(path) + " decides nothing: " +
                                 (state->has_block ? std::string("its status is ") +
                                                         rules::status_name(state->status) +
                                                         ", expected accepted"
                                                   : "it has no block for revisitd"));
    }
    if (files.files().empty() && !missing && !has_error(scan.diagnostics)) {
      findings_.error(place, "no record is there: " + beside(named.paths.front()));
    }
    return *scan.decisions;
  }

  void read_rosters() {
    if (!test_->roster.empty()) loaded_.inputs.roster = roster_of(test_->roster);
    for (std::size_t i = 0; i < test_->events.size(); ++i) {
      const auto* file = std::get_if<rules::TestEvent::RosterFile>(&test_->events[i].what);
      if (file) loaded_.inputs.rosters[i] = roster_of(file->path);
    }
  }

  std::shared_ptr<const rules::Roster> roster_of(const std::string& path) {
    const auto content = collectors::read_file(beside(path), rules::kRosterBytes);
    if (!content) {
      found_.push_back(
          {beside(path), {}, content.error().without(beside(path)), "", Severity::error});
      return nullptr;
    }
    rules::RosterReading reading = rules::decode_roster(content->text, beside(path), test_->start);
    found_.insert(found_.end(), reading.diagnostics.begin(), reading.diagnostics.end());
    if (!reading.roster) return nullptr;
    return std::make_shared<const rules::Roster>(*std::move(reading.roster));
  }

  LoadedTest& loaded_;
  rules::Findings findings_;
  std::vector<Diagnostic> found_;  // in the files that the test names
  std::optional<rules::TriggerTest> test_;
  rules::SignalTable signals_;
  rules::RecordOptions record_;
};

}  // namespace

LoadedTest load_test(const std::string& file) {
  LoadedTest loaded;
  loaded.file = file;
  auto content = collectors::read_file(file, kTestBytes);
  if (!content) {
    loaded.diagnostics.push_back({file, {}, content.error().without(file), "", Severity::error});
    return loaded;
  }
  loaded.text = std::move(content->text);
  Loader(loaded).load();
  return loaded;
}

}  // namespace revisitd::daemon::cli
