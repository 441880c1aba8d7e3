#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collectors/promql_answer.h"
#include "daemon/backfill_ranges.h"
#include "daemon/server_pauses.h"
#include "rules/engine.h"
#include "storage/store.h"

// What is still to be fetched for triggers whose past nobody watched. Pure: it is asked what to
// fetch next and told what came of it; time is an argument.
//
// Work is kept twice over: per trigger, what it waits for, and per question, the slots that any
// trigger wants of it. A thousand records that land together therefore cost one query per signal
// and chunk. Rejected: a cursor per trigger, which asks a server once for every service.
namespace revisitd::daemon {

// One query of one server at one slot length; the services share it.
struct BackfillQuestion {
  std::string from, query;
  bool allow_partial = false;
  Duration length{};
  friend auto operator<=>(const BackfillQuestion&, const BackfillQuestion&) = default;
};
BackfillQuestion question_of(const rules::SignalSpec& spec, Duration length);
// As rows of the store are called by it.
std::string question_key(const BackfillQuestion& question);
// As a source is asked it.
rules::SignalSpec spec_of(const BackfillQuestion& question);

// What is asked for at once.
struct BackfillChunk {
  BackfillQuestion question;
  SlotRange range;
};

// The past that one trigger wants.
struct BackfillWork {
  struct Signal {
    BackfillQuestion question;
    SlotRange range;  // its window, and before it what functions look back at
  };
  std::string service, trigger;
  std::string meaning;  // Trigger::meaning() it was planned for
  SlotRange window;
  std::map<std::string, Signal> signals;  // by name
};
// What the trigger wants of servers at `at`; nothing when it looks at no query. It must be in
// force.
std::optional<BackfillWork> backfill_work(const rules::Engine& engine, TimePoint at,
                                          const std::string& service,
                                          const rules::Trigger& trigger);

class BackfillPlan {
 public:
  using Name = std::pair<std::string, std::string>;  // service, trigger

  // Kinds of StateRow: open work by "SERVICE/TRIGGER", and how far each question has come.
  static constexpr const char* kWorkKind = "backfill-work";
  static constexpr const char* kLaneKind = "backfill-lane";

  // Slots that `stored` has values of are not asked for again; without a hole there is no work.
  // Replaces earlier work of the name.
  void add(BackfillWork work, const rules::SlotHistory& stored);
  // Keeps the work of which it is true.
  void retain(const std::function<bool(const BackfillWork&)>& keep);

  using Chunk = BackfillChunk;
  // The next chunk to ask of a server, at most `most` slots: windows before what lies behind them,
  // newest first. Nothing while the server is left alone or nothing is wanted of it.
  [[nodiscard]] std::optional<Chunk> next(const std::string& server, TimePoint now,
                                          std::int64_t most);
  // When to ask next() again; nothing when nothing is wanted of the server.
  [[nodiscard]] std::optional<TimePoint> wake(const std::string& server, TimePoint now) const;
  // Servers of which something is wanted.
  [[nodiscard]] std::set<std::string> servers() const;
  // Services and signals whose values in the chunk are wanted.
  [[nodiscard]] std::set<Name> series(const Chunk& chunk) const;

  // The chunk is in the store.
  void fetched(const Chunk& chunk);
  // It could not be had. A failure that may pass leaves the server alone for 5 s, then twice as
  // long each time up to 5 min, until live slots have filled the window by themselves; a refusal is
  // met with smaller chunks, and then given up.
  void failed(const Chunk& chunk, const collectors::PromqlError& error, TimePoint now);

  struct Ready {
    std::string service, trigger;
    bool finished = false;  // nothing more is to come
  };
  // Triggers to judge anew: their window is there, or all is. Each is given once for either.
  std::vector<Ready> take_ready();
  // They have been judged: what is finished is not kept any longer. Called only once that is on its
  // way to the store, so that what a crash interrupts is judged again by the next life.
  void judged(const std::vector<Ready>& ready);

  // What changed since the last call, as rows to keep; restored rows come back through read_lanes()
  // before and add_saved() after the decisions are in force.
  storage::Batch take_rows();
  void read_lanes(const std::vector<storage::StateRow>& rows);
  // The work that a row of kWorkKind stands for; nothing when its trigger is not in force any more.
  static std::optional<BackfillWork> read_work(const storage::StateRow& row,
                                               const rules::Engine& engine);
  // Goes on with what read_lanes() left of it.
  void add_saved(BackfillWork work);
  // A row of work that nobody wants any more.
  void forget(const storage::StateRow& row) { gone_works_.insert(row.key); }

  struct Progress {
    std::string service, trigger;
    bool window = false;                // its window is still to come
    std::int64_t wanted = 0, left = 0;  // slots, summed over its signals
    std::string problem;                // why it does not go on, "" when it does
    bool given_up = false;              // what is not there yet stays blind
  };
  // Open work, and work that was given up since the start.
  [[nodiscard]] std::vector<Progress> progress() const;
  [[nodiscard]] std::size_t triggers() const { return works_.size(); }
  // Slots left to ask for, summed over questions.
  [[nodiscard]] std::int64_t slots_left() const;

 private:
  struct Lane {
    SlotRanges window, behind;
    std::int64_t points = 0;  // most slots at once after a refusal; 0 = as many as wanted
    std::string problem;
  };
  struct Entry {
    BackfillWork work;
    bool window_told = false, all_told = false;  // by take_ready()
  };
  void drop(const Name& name);
  void trim();
  void want(const BackfillWork& work, const BackfillWork::Signal& signal, SlotRange range);
  void give_up(const BackfillQuestion& question, const std::string& why);
  void expire(const std::string& server, TimePoint now);

  std::map<Name, Entry> works_;
  std::map<Name, std::pair<BackfillWork, std::string>> given_up_;  // and why
  std::map<BackfillQuestion, Lane> lanes_;
  ServerPauses pauses_;
  std::map<std::string, Lane> saved_;  // by row key, until their work comes back
  std::set<Name> new_works_;
  std::set<std::string> gone_works_, gone_lanes_;  // row keys
  std::set<BackfillQuestion> moved_;
};

}  // namespace revisitd::daemon
