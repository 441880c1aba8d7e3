#include "daemon/cli/backtest_report.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "daemon/cli/table.h"
#include "rules/replay_strip.h"

namespace revisitd::daemon::cli {
namespace {

using rules::Event;
using rules::EventType;
using rules::Trigger;

constexpr int kStripColumns = 68;
constexpr int kBarColumns = 30;

std::string percent(const std::optional<Share>& share) { return share ? format_share(*share) : ""; }

// Each run of one glyph in its colour.
std::string painted(const std::string& strip, bool colour) {
  if (!colour) return strip;
  std::string out;
  char last = 0;
  for (const char c : strip) {
    if (c != last) {
      out += c == '#'   ? "\033[0;31m"
             : c == '+' ? "\033[0;33m"
             : c == '-' ? "\033[0;32m"
                        : "\033[0;2m";
    }
    out += c;
    last = c;
  }
  return out + "\033[0m";
}

std::string ends(const std::string& left, const std::string& right, std::size_t width) {
  if (left.size() + right.size() + 1 > width) return left + " to " + right;
  return left + std::string(width - left.size() - right.size(), ' ') + right;
}

std::string times(std::int64_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

void print_shares(const Trigger& t, Duration length, std::ostream& out) {
  out << "  window " << format_duration(t.window) << " of " << format_duration(length)
      << " slots, trips at " << format_share(t.trip) << ", clears at " << format_share(t.clear)
      << ", needs " << format_share(t.coverage) << " covered\n";
}

void print_title(const std::string& service, const Trigger& t, std::ostream& out) {
  out << "\n" << service << "/" << t.name << ": " << printable(t.when.text());
  if (t.provided) out << ", provided " << printable(t.provided->text());
  out << "\n";
}

void print_trigger(const rules::Decision& decision, const Trigger& t, const Backtest& backtest,
                   const rules::ReplayLog& log, bool colour, std::ostream& out) {
  print_title(decision.service, t, out);
  const Duration length = rules::slot_length(t.window, backtest.engine.ladder);
  print_shares(t, length, out);
  const rules::TriggerTrack* track = log.track(decision.service, t.name);
  const rules::Strip strip =
      track ? rules::make_strip(*track, {backtest.from, backtest.to, kStripColumns})
            : rules::Strip{};
  if (strip.slots.empty()) {
    out << "  no slot was judged\n";
    return;
  }
  const bool short_span = strip.to - strip.from < std::chrono::hours(48);
  const auto label = [&](TimePoint at) { return short_span ? format_time(at) : format_date(at); };
  out << "           " << ends(label(strip.from), label(strip.to), strip.slots.size()) << "\n"
      << "  slots    " << painted(strip.slots, colour) << "\n"
      << "  verdict  " << painted(strip.verdicts, colour) << "\n";
  const rules::TripFigures figures = rules::trip_figures(*track);
  if (!figures.first) {
    out << "  never tripped, blind " << format_share(figures.blind_share()) << " of the time\n";
    return;
  }
  out << "  " << times(figures.trips, "trip") << ", the first " << format_time(*figures.first)
      << ", tripped " << format_share(figures.share()) << " of the time\n";
}

void print_messages(const rules::ReplayLog& log, std::ostream& out) {
  std::map<std::string, std::map<EventType, std::int64_t>> told;
  for (const Event& e : log.events()) {
    if (rules::is_notified(e.type)) ++told[e.service][e.type];
  }
  if (!told.empty()) out << "\n";
  for (const auto& [service, counts] : told) {
    std::int64_t all = 0;
    std::string list;
    for (const auto& [type, count] : counts) {
      all += count;
      list += (list.empty() ? "" : ", ") + std::to_string(count) + " " +
              std::string(rules::short_event_name(type));
    }
    out << service << " would have had " << times(all, "message") << ": " << list << "\n";
  }
}

}  // namespace

void print_backtest(const Backtest& backtest, const rules::ReplayLog& log,
                    const std::string& source, bool colour, std::ostream& out) {
  out << format_time(backtest.from) << " to " << format_time(backtest.to) << " ("
      << format_duration(backtest.to - backtest.from) << "), " << printable(source) << "\n\n";
  Table table({"TIME", "TRIGGER", "EVENT", "VERDICT", "BREACH", "COVERED"});
  bool any = false;
  for (const Event& e : log.events()) {
    if (!rules::is_transition(e)) continue;
    any = true;
    if (e.trigger.empty()) {
      table.add({format_time(e.at), e.service, std::string(rules::short_event_name(e.type))});
    } else {
      table.add({format_time(e.at), e.service + "/" + e.trigger,
                 std::string(rules::short_event_name(e.type)),
                 e.verdict ? std::string(rules::verdict_name(*e.verdict)) : "",
                 percent(e.counts.share()), format_share(e.counts.coverage())});
    }
  }
  if (any) {
    table.print(out);
  } else {
    out << "no transition\n";
  }
  for (const auto& decision : backtest.decisions) {
    for (const Trigger& t : decision->triggers) {
      print_trigger(*decision, t, backtest, log, colour, out);
    }
  }
  print_messages(log, out);
  out << "\n" << rules::kStripLegend << "\n";
}

void print_sweep(const Backtest& backtest, const rules::Sweep& sweep,
                 const std::vector<SweepRow>& rows, std::ostream& out) {
  const bool windows = sweep.kind == rules::SweepKind::window;
  out << format_time(backtest.from) << " to " << format_time(backtest.to) << " ("
      << format_duration(backtest.to - backtest.from) << ")\n";
  for (const auto& decision : backtest.decisions) {
    for (const Trigger& t : decision->triggers) {
      print_title(decision->service, t, out);
      print_shares(t, rules::slot_length(t.window, backtest.engine.ladder), out);
      Table table(
          {windows ? "WINDOW" : "THRESHOLD", "FIRST TRIP", "TRIPS", "TRIPPED", "BLIND", ""});
      bool any = false;
      for (const SweepRow& row : rows) {
        if (row.service != decision->service || row.trigger != t.name) continue;
        any = true;
        const Share share = row.figures.share();
        const auto bar = static_cast<std::size_t>(to_double(share) * kBarColumns + 0.5);
        table.add({row.setting + (row.as_recorded ? " *" : ""),
                   row.figures.first ? format_time(*row.figures.first) : "never",
                   std::to_string(row.figures.trips), format_share(share),
                   format_share(row.figures.blind_share()), std::string(bar, '#')});
      }
      if (any) {
        table.print(out);
      } else {
        out << "  has no such setting\n";
      }
    }
  }
  if (std::any_of(rows.begin(), rows.end(), [](const SweepRow& r) { return r.as_recorded; })) {
    out << "\n* as the record has it\n";
  }
}

void print_transitions_json(const rules::ReplayLog& log, std::ostream& out) {
  for (const Event& e : log.events()) {
    if (rules::is_transition(e)) out << rules::transition_json(e) << "\n";
  }
}

void print_sweep_json(const rules::Sweep& sweep, const std::vector<SweepRow>& rows,
                      std::ostream& out) {
  using Json = nlohmann::ordered_json;
  for (const SweepRow& row : rows) {
    Json json{{"sweep", sweep.kind == rules::SweepKind::window ? "window" : "threshold"},
              {"setting", row.setting},
              {"value", row.value},
              {"service", row.service},
              {"trigger", row.trigger},
              {"first_trip", nullptr},
              {"trips", row.figures.trips},
              {"tripped", to_double(row.figures.share())},
              {"blind", to_double(row.figures.blind_share())}};
    if (row.figures.first) json["first_trip"] = format_time(*row.figures.first);
    out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
  }
}

}  // namespace revisitd::daemon::cli
