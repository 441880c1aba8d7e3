#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "rules/revisit.h"
#include "rules/time.h"
#include "rules/verdict.h"

// The daemon's own metrics. No label ever holds a text that a target, a record or a caller chose:
// only words of ours, and the receivers' names from the configuration. All counters exist at zero
// from the start. Every method may be called from any thread.
namespace revisitd::daemon {

// Why a scrape gave nothing.
enum class ScrapeTrouble {
  resolve,  // the name has no address, or the address is not allowed
  connect,  // refused, unreachable, closed early, TLS
  timeout,
  status,       // an HTTP status other than 200
  format,       // not what was asked for: a login form, a malformed page
  limit,        // over a limit of size, samples or labels
  credentials,  // the secret cannot be read
  internal,     // an exception that nobody foresaw
};
std::string_view scrape_trouble_name(ScrapeTrouble trouble);
// The kind of a collectors::ScrapeError's reason, which may hold what a target chose.
ScrapeTrouble scrape_trouble_of(std::string_view reason);

// Why a query gave nothing, in the words of collectors::PromqlFailure.
constexpr std::array<std::string_view, 4> kQueryTroubles = {"refused", "wrong_shape", "malformed",
                                                            "unavailable"};

enum class DeliveryOutcome {
  delivered,
  retried,  // failed, will be tried again
  dead,     // failed for good
};
std::string_view delivery_outcome_name(DeliveryOutcome outcome);

struct MetricsBuild {
  std::string version, revision, compiler;
};

// What is counted anew before each scrape of us.
struct StateFigures {
  std::array<std::size_t, 4> decisions{};  // by their worst verdict, in the order of Verdict
  std::array<std::size_t, 4> triggers{};   // by verdict
  std::array<std::size_t, 4> revisits{};   // open, acknowledged, snoozed, subsided
  std::size_t targets_up = 0, targets_down = 0;
  std::size_t record_files = 0, record_errors = 0;  // errors: files with at least one
  bool roster_valid = false;
  std::optional<TimePoint> roster_read;
  std::size_t roster_sources = 0,
              roster_sources_failed = 0;  // failed: not in force as they are now
  std::size_t roster_people = 0,
              roster_leaving = 0;                    // on teams; of them, known to leave in 90 days
  std::size_t git_repositories = 0, git_failed = 0;  // failed: the last reading did
  std::uint64_t git_commits = 0;                     // read since the start
  std::size_t disagreements = 0;  // people and languages of whom roster and git say other things
  std::size_t drifted = 0, undocumented = 0;  // services
  bool ready = false;
};

struct StoreFigures {
  double database_bytes = 0, wal_bytes = 0;
  double pending = 0, dead = 0;  // deliveries
  double waiting_rows = 0;       // in memory, for the disk
  double dropped_slots = 0;      // since the start
};

// Totals of fetching since the start. They only grow.
template <std::size_t Reasons>
struct FetchFigures {
  std::uint64_t total = 0;  // failed ones included
  std::array<std::uint64_t, Reasons> failures{};
  Duration took{};
};
using ScrapeFigures = FetchFigures<8>;  // in the order of ScrapeTrouble
using QueryFigures = FetchFigures<4>;   // in the order of kQueryTroubles
// Totals are since the start.
struct BackfillFigures {
  double queries = 0, failures = 0;  // range queries; of them without an answer
  double values = 0;                 // fetched into the store
  double gap_slots = 0;              // of gaps, judged
  double judged = 0;                 // triggers whose past was judged to the end
  double triggers = 0;               // that wait for their past
  double slots_left = 0;             // to be asked for
  double gap_left = 0;               // slots of the open gap
  double long_past_left = 0;         // slots of what hygiene looks back at, to be asked for
};

// Where targets come from, by mechanism: file, http, kubernetes, cgroup.
constexpr std::array<std::string_view, 4> kMechanisms = {"file", "http", "kubernetes", "cgroup"};
struct DiscoveryFigures {
  std::array<std::size_t, kMechanisms.size()> discovered{};  // targets found
  std::array<std::uint64_t, kMechanisms.size()> rounds{};  // since the start, failed ones included
  std::array<std::uint64_t, kMechanisms.size()> failures{};
  std::size_t dropped = 0;  // targets, by relabelling
  std::size_t refused = 0;  // left without an address that can be used, or over target_limit
};

class Metrics {
 public:
  explicit Metrics(const MetricsBuild& build);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // judging
  void slots_judged(std::size_t count);
  void slots_late(std::uint64_t total);  // values that came after their slot was judged
  void slots_skipped(
      std::size_t count);  // slots nobody could fill: the daemon was down or too slow
  void clock_jumped();

  // configuration
  void reloaded(bool success, TimePoint at);

  // delivering
  // Creates the receiver's counters at zero; again for the same name does nothing.
  void add_receiver(const std::string& receiver);
  void delivered(const std::string& receiver, DeliveryOutcome outcome);

  // storing
  void committed(Duration took);
  void commit_failed();

  // serving and logging
  void answered(int http_status);
  void log_lines_dropped(std::uint64_t total);

  void set(const ScrapeFigures& figures);
  void set(const QueryFigures& figures);
  void set(const StateFigures& figures);
  void set(const StoreFigures& figures);
  void set(const BackfillFigures& figures);
  void set(const DiscoveryFigures& figures);

  // Text exposition format 0.0.4, process_* metrics included.
  [[nodiscard]] std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace revisitd::daemon
