#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collectors/promql_answer.h"
#include "daemon/backfill_plan.h"
#include "daemon/backfill_ranges.h"
#include "daemon/server_pauses.h"
#include "rules/signal_history.h"
#include "storage/store.h"

// What is still to be fetched of the half year that hygiene looks back at. No verdict waits for it:
// it is asked of servers when nothing else is, newest slots first, once for each series. Pure: it
// is asked what to fetch next and told what came of it; time is an argument.
//
// Rejected: a third stretch in BackfillPlan, whose work ends with a verdict and is dropped with its
// trigger's meaning. An edit of a threshold asks no server for half a year again.
namespace revisitd::daemon {

// One signal of a service, and the slots of it that are wanted.
struct LongPastWish {
  rules::SlotHistory::Key series;
  BackfillQuestion question;  // of the same slot length
  SlotRange range;
};

class LongPastPlan {
 public:
  // Kinds of StateRow, by question: slots that are left, and whose they are.
  static constexpr const char* kLeftKind = "past-left";
  static constexpr const char* kSeriesKind = "past-series";

  // Replaces what is wanted. A series that was wanted before keeps how far it has come; what
  // servers refused is tried again.
  void want(const std::vector<LongPastWish>& wishes);
  // Slots that nobody saw are asked for, again if need be, of all series of that length.
  void missed(Duration length, SlotRange range);

  // The next chunk to ask of a server, at most `most` slots; nothing while the server is left alone
  // or nothing is wanted of it.
  [[nodiscard]] std::optional<BackfillChunk> next(const std::string& server, TimePoint now,
                                                  std::int64_t most) const;
  // When to ask next() again; nothing when nothing is wanted of the server.
  [[nodiscard]] std::optional<TimePoint> wake(const std::string& server, TimePoint now) const;
  // Servers of which something is wanted.
  [[nodiscard]] std::set<std::string> servers() const;
  // Services and signals whose values in the chunk are wanted.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> series(
      const BackfillChunk& chunk) const;

  // The chunk is in the store. Chunks grow and shrink so that a server takes about `took` = a
  // quarter of a second to a second for one.
  void fetched(const BackfillChunk& chunk, Duration took);
  // It could not be had. The server is left alone (ServerPauses) and asked for less; a question
  // that is refused for a handful of slots is given up until want() is called again.
  void failed(const BackfillChunk& chunk, const collectors::PromqlError& error, TimePoint now);

  struct Standing {
    double asked = 1;     // share of the wanted slots that servers were asked for
    std::string problem;  // why it does not go on, "" when it does
  };
  // Of what the service's triggers look at; nothing when no server is asked for any of it.
  [[nodiscard]] std::optional<Standing> standing(std::string_view service) const;
  // Slots left to ask a server for, summed over questions.
  [[nodiscard]] std::map<std::string, std::int64_t> slots_left() const;
  // Why a server's past does not go on, "" when it does.
  [[nodiscard]] std::string problem(const std::string& server) const;

  // What changed since the last call, as rows to keep; restored rows come back through read_rows(),
  // before the first want().
  storage::Batch take_rows();
  void read_rows(const std::vector<storage::StateRow>& left,
                 const std::vector<storage::StateRow>& series);

 private:
  using Name = std::pair<std::string, std::string>;  // service, signal
  struct Series {
    SlotRange range;
    bool done = false;  // all of it was asked for
    friend bool operator==(const Series&, const Series&) = default;
  };
  struct Lane {
    SlotRanges left;
    std::map<Name, Series> series;
    std::int64_t points = 0;  // most slots at once; 0 = as many as wanted
    std::int64_t cap = 0;     // that points do not grow over, after a refusal; 0 = none
    std::string problem;      // given up, and why
  };
  [[nodiscard]] const std::string& problem_of(const BackfillQuestion& question,
                                              const Lane& lane) const;

  std::map<BackfillQuestion, Lane> lanes_;
  std::map<std::string, Lane> saved_;  // by row key, until their series are wanted
  ServerPauses pauses_;
  std::set<BackfillQuestion> moved_, renamed_;  // left or series to be written
};

}  // namespace revisitd::daemon
