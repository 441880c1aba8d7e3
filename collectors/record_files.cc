#include "collectors/record_files.h"

#include <algorithm>
#include <filesystem>

namespace revisitd::collectors {
namespace {

constexpr unsigned kReadAllEvery = 12;
constexpr unsigned kListAllEvery = 30;
constexpr unsigned kListSomeEvery = 6;
constexpr std::size_t kFilesARound = 100;
constexpr unsigned kMostRounds = 12;

Diagnostic about(const std::string& path, std::string message, Severity severity) {
  return {path, {}, std::move(message), "", severity};
}

std::vector<std::optional<FileMark>> marks_of(const std::vector<std::string>& paths) {
  std::vector<std::optional<FileMark>> marks;
  marks.reserve(paths.size());
  for (const std::string& path : paths) marks.push_back(mark_of(path));
  return marks;
}

bool asks_people(const rules::Condition& condition) {
  for (const char* function : {"members(", "fluent(", "shipped("}) {
    if (condition.meaning().find(function) != std::string::npos) return true;
  }
  return false;
}

bool is_below(const std::string& path, const std::string& directory) {
  if (directory == ".") return !path.starts_with('/');
  return path.starts_with(directory.ends_with('/') ? directory : directory + '/');
}

// `text` is the front of what stood there, and ends within a line of it.
bool breaks_off(std::string_view text, std::string_view before) {
  return !text.empty() && text.size() < before.size() && before.starts_with(text) &&
         !text.ends_with('\n') &&
         before.find_first_not_of(" \t\r", text.size()) != before.find('\n', text.size());
}

// Why a text that gives less than the one before is taken for one whose writing broke off; ""
// when people may have meant it.
std::string why_cut_short(const rules::RecordReading& reading, const rules::RecordSource& now,
                          std::string_view before, std::string_view side_before) {
  if (breaks_off(now.text, before) || breaks_off(now.side_text, side_before)) {
    return "the text breaks off within a line that was longer, expected the whole of it, or its "
           "last line ended";
  }
  if (!reading.unfinished || !reading.decisions.empty()) return "";
  return "the text is empty or breaks off before the decision that it held, expected the whole of "
         "it; to withdraw the decision remove the file or mark the record as deprecated";
}

}  // namespace

RecordFiles::RecordFiles(RecordFilesOptions options,
                         const std::vector<rules::RecordSource>& last_good, RecordsAhead ahead)
    : options_(std::move(options)),
      ahead_(std::move(ahead)),
      conditions_(std::move(ahead_.conditions)) {
  options_.record.conditions = conditions_.get();
  for (const rules::RecordSource& source : last_good) {
    Known& known = known_[source.path];
    known.text = source.text;
    if (!source.side_path.empty()) known.side_text = source.side_text;
    known.unread = true;
  }
}

std::map<std::string_view, const RecordState*> RecordFiles::files() const {
  std::map<std::string_view, const RecordState*> files;
  for (const auto& [path, known] : known_) {
    if (known.read) files.emplace_hint(files.end(), path, &known.state);
  }
  return files;
}

rules::RecordSource RecordFiles::source_of(const std::string& path, const Known& known) {
  rules::RecordSource source{path, *known.text, "", ""};
  if (known.side_text) {
    source.side_path = side_path(path);
    source.side_text = *known.side_text;
  }
  return source;
}

void RecordFiles::read_good(const std::string& path, Known& known) {
  if (!known.unread) return;
  rules::RecordReading reading =
      rules::read_record(source_of(path, known), options_.signals, options_.record);
  known.good = decisions_of(reading);
  known.unread = false;
}

std::optional<rules::RecordSource> RecordFiles::last_good(const std::string& path) const {
  const auto known = known_.find(path);
  if (known == known_.end() || !known->second.text) return std::nullopt;
  return source_of(path, known->second);
}

std::vector<rules::RecordSource> RecordFiles::last_good() const {
  std::vector<rules::RecordSource> all;
  for (const auto& [path, known] : known_) {
    if (known.text) all.push_back(source_of(path, known));
  }
  return all;
}

RecordFiles::Good RecordFiles::decisions_of(rules::RecordReading& reading) {
  std::map<std::string, std::shared_ptr<const rules::Decision>> decisions;
  for (rules::Decision& decision : reading.decisions) {
    tables_.share(decision.signals);
    decision.triggers.shrink_to_fit();
    std::string service = decision.service;
    decisions[std::move(service)] = std::make_shared<const rules::Decision>(std::move(decision));
  }
  Good good;
  good.reserve(decisions.size());
  for (auto& [service, decision] : decisions) good.push_back(std::move(decision));
  return good;
}

unsigned RecordFiles::list(Look look) {
  const bool moved = first_ || marks_of(paths_.directories) != directory_marks_;
  // Now and then all the same, and more often where the directories looked at are not all there
  // are.
  const unsigned patience = paths_.all_directories ? kListAllEvery : kListSomeEvery;
  listed_anew_ = look == Look::everywhere || moved || scans_ % patience == 0;
  if (listed_anew_) {
    paths_ = list_records_with_sides(options_.patterns);
    if (first_) std::ranges::for_each(paths_.files, [this](const auto& path) { adopt(path); });
    directory_marks_ = marks_of(paths_.directories);
    known_at_.assign(paths_.files.size(), nullptr);
  }
  if (look == Look::everywhere || moved) return 1;
  const std::size_t rounds = paths_.files.size() / kFilesARound;
  return static_cast<unsigned>(std::clamp<std::size_t>(rounds, 1, kMostRounds));
}

void RecordFiles::adopt(const std::string& path) {
  if (path.starts_with('/') || known_.contains(path)) return;
  auto known = known_.extract(absolute_path(path));
  if (known.empty()) return;
  known.key() = path;
  known_.insert(std::move(known));
}

RecordScan RecordFiles::scan(TimePoint now, Look look) {
  RecordScan scan;
  unread_.clear();
  const unsigned turns = list(look);
  for (const auto& [directory, why] : paths_.unlisted) {
    unread_.push_back(
        about(directory, why + "; what was read from it stays in force", Severity::error));
  }
  gone_.clear();
  touched_ = first_;
  ++scans_;
  // Where all files are known and stand still, only those whose turn it is are passed by.
  const bool calm = turns > 1 && !listed_anew_ && !restless_;
  const std::size_t step = calm ? turns : 1;
  restless_ = false;
  for (std::size_t i = calm ? (turns - scans_ % turns) % turns : 0; i < paths_.files.size();
       i += step) {
    restless_ |= !visit(i, now, (i + scans_) % turns == 0, scan);
  }
  if (listed_anew_ || !missing_.empty() || !gone_.empty()) forget_missing(now, scan);
  if (touched_) {
    auto chosen = std::make_shared<const rules::Decisions>(choose());
    scan.changed = first_ || *chosen != *in_force_;
    if (scan.changed) in_force_ = std::move(chosen);
  }
  scan.decisions = in_force_;
  scan.diagnostics = unread_;
  scan.diagnostics.insert(scan.diagnostics.end(), problems_.begin(), problems_.end());
  first_ = false;
  ahead_ = {};
  return scan;
}

// Paths of a fleet begin alike, so that looking one up compares nearly all of it ten times over.
RecordFiles::Known* RecordFiles::known_at(std::size_t place) {
  Known*& known = known_at_[place];
  if (known != nullptr) return known;
  const auto found = known_.find(paths_.files[place]);
  if (found != known_.end()) known = &found->second;
  return known;
}

bool RecordFiles::visit(std::size_t place, TimePoint now, bool due, RecordScan& scan) {
  const std::string& path = paths_.files[place];
  if (rules::is_side_path(path)) {
    if (!record_of(path).empty()) return true;
    unread_.push_back(about(path,
                            "a side file without its record, expected a Markdown file of "
                            "the same name beside it",
                            Severity::error));
    return false;
  }
  Known* const known = known_at(place);
  const bool settled = known != nullptr && known->settled;
  if (settled && (!due || (++known->looks % kReadAllEvery != 0 && unmoved(path, *known)))) {
    missing_.erase(path);
    return true;
  }
  std::optional<RecordText> text = read(path, now, scan);
  // Whatever is not done with is looked at again at every round.
  if (known != nullptr) known->settled = false;
  if (!text) return false;
  missing_.erase(path);
  if (known != nullptr && known->hash == text->hash) {
    remember(*known, *text);
    return known->settled;
  }
  if (text->fresh && !first_) {
    scan.settling = true;
    return false;
  }
  (known == nullptr ? scan.added : scan.edited).push_back(path);
  take(*std::move(text), scan);
  return false;
}

std::optional<RecordText> RecordFiles::read(const std::string& path, TimePoint now,
                                            RecordScan& scan) {
  ++scan.read;
  if (const auto ahead = ahead_.files.find(path); ahead != ahead_.files.end())
    return std::move(ahead->second.text);
  auto text = read_record_text(path, now, options_);
  if (text) return *std::move(text);
  const FileError& error = text.error();
  if (error.problem == FileProblem::missing) {
    gone_.insert(path);  // a link that leads nowhere
  } else if (error.problem == FileProblem::changing) {
    scan.settling = true;
  } else {
    const bool kept = known_.contains(path);
    unread_.push_back(about(path,
                            error.without(path) + (kept ? "; its last reading stays in force" : ""),
                            Severity::error));
  }
  return std::nullopt;
}

rules::RecordReading RecordFiles::decode(const RecordText& text, RecordScan& scan) {
  const auto ahead = ahead_.files.find(text.source.path);
  const bool done = ahead != ahead_.files.end();
  rules::RecordReading reading =
      done ? std::move(ahead->second.reading)
           : rules::read_record(text.source, options_.signals, options_.record);
  auto to_keep = done ? std::move(ahead->second.to_keep) : keep_reading(text, reading, options_);
  if (to_keep) scan.readings.emplace_back(text.source.path, *std::move(to_keep));
  return reading;
}

bool RecordFiles::unmoved(const std::string& path, const Known& known) const {
  if (mark_of(path) != known.mark) return false;
  // A side file that comes moves its directory, which is listed anew then.
  if (!known.side_mark && !listed_anew_) return true;
  const std::string side = side_path(path);
  return side.empty() || mark_of(side) == std::optional<FileMark>(known.side_mark);
}

void RecordFiles::remember(Known& known, const RecordText& text) {
  known.mark = text.mark;
  known.side_mark.reset();
  if (text.side_mark) known.side_mark = *text.side_mark;
  known.settled = text.settled;
}

void RecordFiles::take(RecordText text, RecordScan& scan) {
  const std::string& path = text.source.path;
  Known& known = known_[path];
  const std::string_view side = known.side_text ? *known.side_text : std::string_view();
  const bool same = known.text && *known.text == text.source.text &&
                    known.side_text.has_value() == !text.source.side_path.empty() &&
                    side == text.source.side_text;
  if (same) known.unread = false;
  read_good(path, known);
  known.looks = 1;
  known.hash = text.hash;
  remember(known, text);
  touched_ = true;
  known.read = true;
  rules::RecordReading reading = decode(text, scan);
  const std::string cut = known.good.empty() || !known.text || !reading.ok()
                              ? ""
                              : why_cut_short(reading, text.source, *known.text, side);
  if (!cut.empty()) {
    reading.decisions.clear();
    reading.diagnostics.push_back(about(path, cut, Severity::error));
  }
  known.state = {.status = reading.status,
                 .has_block = reading.has_block,
                 .decides = !reading.decisions.empty()};
  Good good = decisions_of(reading);
  known.state.diagnostics = std::move(reading.diagnostics);
  if (known.state.ok()) {
    if (!same) scan.renewed.push_back(path);
    known.text = std::move(text.source.text);
    known.side_text.reset();
    if (!text.source.side_path.empty()) known.side_text = std::move(text.source.side_text);
  } else {
    keep_good(known, good);
  }
  known.good = std::move(good);
}

// A text with errors leaves the earlier decisions on services that it does not decide.
void RecordFiles::keep_good(Known& known, Good& good) {
  const std::size_t given = good.size();
  for (const auto& decision : known.good) {
    const auto same = [&](const auto& one) { return one->service == decision->service; };
    if (std::none_of(good.begin(), good.end(), same)) good.push_back(decision);
  }
  known.state.kept = good.size() > given;
  std::sort(good.begin(), good.end(),
            [](const auto& a, const auto& b) { return a->service < b->service; });
}

void RecordFiles::forget_missing(TimePoint now, RecordScan& scan) {
  for (auto it = known_.begin(); it != known_.end();) {
    const bool unsure =
        std::any_of(paths_.unlisted.begin(), paths_.unlisted.end(), [&](const auto& entry) {
          return is_below(it->first, entry.first) ||
                 is_below(it->first, absolute_path(entry.first));
        });
    const bool listed = std::binary_search(paths_.files.begin(), paths_.files.end(), it->first);
    if ((listed && !gone_.contains(it->first)) || unsure) {
      ++it;
      continue;
    }
    // Editors that save by renaming leave a moment without the file.
    TimePoint& since = missing_.try_emplace(it->first, now).first->second;
    since = std::min(since, now);
    if (now - since < options_.settle) {
      scan.settling = true;
      ++it;
      continue;
    }
    touched_ = true;
    scan.removed.push_back(it->first);
    missing_.erase(it->first);
    it = known_.erase(it);
    known_at_.assign(paths_.files.size(), nullptr);
  }
}

rules::Decisions RecordFiles::choose() {
  std::map<std::string, std::pair<std::string, std::shared_ptr<const rules::Decision>>> chosen;
  problems_.clear();
  for (const auto& [path, known] : known_) {
    problems_.insert(problems_.end(), known.state.diagnostics.begin(),
                     known.state.diagnostics.end());
  }
  const auto give_way = [&](const rules::Decision& loser, const rules::Decision& winner) {
    const bool tie = loser.date == winner.date;
    problems_.push_back(
        about(loser.path,
              "service `" + loser.service + "` is also decided in " + winner.path +
                  (tie ? " with the same date, expected one accepted record for each service"
                       : " of " + format_date(winner.date) +
                             ", which is newer and counts; mark this record as superseded"),
              tie ? Severity::error : Severity::warning));
  };
  for (auto& [path, known] : known_) {
    read_good(path, known);
    for (const auto& decision : known.good) {
      const auto [entry, added] = chosen.try_emplace(decision->service, path, decision);
      if (added) continue;
      if (decision->date > entry->second.second->date) {
        give_way(*entry->second.second, *decision);
        entry->second = {path, decision};
      } else {
        give_way(*decision, *entry->second.second);
      }
    }
  }
  rules::Decisions in_force;
  in_force.reserve(chosen.size());
  for (const auto& [service, entry] : chosen) {
    in_force.push_back(entry.second);
    if (!options_.people_known) warn_of_people(*entry.second);
  }
  return in_force;
}

void RecordFiles::warn_of_people(const rules::Decision& decision) {
  for (const rules::Trigger& trigger : decision.triggers) {
    if (!asks_people(trigger.when) && !(trigger.provided && asks_people(*trigger.provided)))
      continue;
    Diagnostic warning = about(decision.path,
                               "trigger `" + trigger.name +
                                   "` asks about people and no `roster` is configured: it cannot "
                                   "be judged",
                               Severity::warning);
    warning.place = trigger.place;
    problems_.push_back(std::move(warning));
  }
}

}  // namespace revisitd::collectors
