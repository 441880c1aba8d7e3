#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/git_reader.h"
#include "rules/diagnostic.h"
#include "rules/engine.h"
#include "rules/hygiene.h"
#include "rules/runtime_support.h"
#include "storage/store.h"

// What the API and the pages may see and do of the running daemon. The one implementation is App;
// tests of the API have a small one of their own. Everything is called on the network thread; what
// is awaited goes through the database thread.
namespace revisitd::daemon {

// One scraped target, one Prometheus-compatible server or one way to find targets, as the targets
// page shows it.
struct TargetStatus {
  std::string kind;     // "scrape", "prometheus" or "discovery"
  std::string job;      // job_name, or the server's name
  std::string url;      // without credentials; of a discovery, how and where it looks
  std::string service;  // "" for a server
  std::map<std::string, std::string> labels;
  std::string health;      // "up", "down", "unknown"
  std::string last_error;  // "" when up
  std::optional<TimePoint> last_scrape;
  Duration last_duration{};
  std::size_t samples = 0;  // kept in the last scrape; of a discovery, targets found
  Duration interval{};
};

// Where a record file stands.
struct RecordStatusRow {
  std::string path;
  std::string service;     // "" if none could be read
  std::string status;      // accepted, superseded, …
  bool in_force = false;   // a version of it is watched
  bool last_good = false;  // the version in force is older than the file
  std::vector<Diagnostic> diagnostics;
};

// One source of people.
struct RosterSourceStatus {
  std::string name;   // path, pattern or URL
  std::string kind;   // "file", "csv", "backstage", "http", "backstage-api"
  std::string state;  // "unread", "good", "settling", "quarantined", "bad"
  std::optional<TimePoint> read_at;
  bool valid = false;
  std::size_t people = 0;  // persons that it lists, each once
  std::string problem;     // "" when there is none
};

struct RosterStatus {
  std::string source;
  std::optional<TimePoint> read_at;
  bool valid = false;
  std::string problem;  // why the last reading was refused or quarantined; holds nobody's name
  std::vector<RosterSourceStatus> sources = {};
  int elsewhere = 0;  // people of whom something is known and who are on no team
};

// What git says of who ships in which language; empty where no repository is configured.
struct FluencyStatus {
  rules::EvidenceOptions options;
  std::vector<collectors::GitRepositoryStatus> repositories;
  std::vector<rules::GitRepository> readings;      // the last good ones, with their teams
  std::vector<rules::Disagreement> disagreements;  // between them and the roster
};

// What a service with a decision was seen to run, against what its record says.
struct ServiceRuntime {
  enum class Drift {
    unknown,  // nobody says what runs
    none,     // the recorded language runs, perhaps beside others
    drift,    // only others do
  };
  std::map<std::string, std::string, std::less<>> running;  // language -> version, "" if not said
  std::optional<TimePoint> seen;
  Drift drift = Drift::unknown;
  std::string version;  // whose support it is: the recorded one, else the running one
  bool version_recorded = false;
  std::optional<rules::RuntimeSupport> support;  // nothing: no version, or no file of the language
};

struct UndocumentedService {
  std::string service;
  std::string owner;                      // team, "" if not known
  std::string source;                     // "scraped", "catalogue", "scraped, catalogue"
  std::optional<TimePoint> read_at = {};  // when a catalogue was last seen to list it
};

struct RuntimeFacts {
  std::map<std::string, ServiceRuntime, std::less<>> services;  // of all decisions
  std::vector<UndocumentedService> undocumented;                // by name
  std::vector<std::string> problems;                            // of files with ends of life
};

// ready only if the database is writable, the clock is sane and a configuration is loaded.
struct Readiness {
  bool ready = false;
  std::vector<std::string> reasons;  // why not
};

struct BuildInfo {
  std::string version, revision, compiler, build_type;
};

struct RuntimeInfo {
  TimePoint started{};
  TimePoint config_loaded{};
  bool last_reload_ok = true;
  std::string last_reload_error;
  std::size_t decisions = 0, triggers = 0, signals = 0, targets = 0;
  std::string storage_path;
};

// How far fetching the past has come.
struct BackfillStatus {
  // Slots nobody judged in their time, that are being judged now.
  struct Gap {
    Duration length{};
    TimePoint from{}, to{};
    std::int64_t slots = 0;
  };
  std::vector<Gap> gaps;
  // A trigger whose past is being fetched, or could not be had.
  struct Trigger {
    std::string service, trigger;
    std::string state;      // "window", then "look-back"; "given-up"
    double done = 0;        // share of the slots asked for
    std::int64_t left = 0;  // slots still to be asked for
    std::string problem;    // why it does not go on, "" when it does
  };
  std::vector<Trigger> triggers;  // by service and name
  // Servers that are to be asked for what hygiene looks back at.
  struct LongPast {
    std::string server;
    std::int64_t slots_left = 0;
    std::string problem;  // why it does not go on, "" when it does
  };
  std::vector<LongPast> long_past;
  std::int64_t slots_left = 0;  // summed over questions, which services share
  std::uint64_t queries = 0, failures = 0;
  std::uint64_t values = 0;     // fetched into the store
  std::uint64_t gap_slots = 0;  // of gaps, judged
  std::uint64_t judged = 0;     // triggers whose past has been judged to the end
};

// How far servers were asked for what hygiene looks back at of a service.
struct PastStanding {
  double asked = 0;     // share of the slots
  std::string problem;  // why it does not go on, "" when it does
};

// What a look at a decision's half year found: it is not looked at again at every request.
struct HygieneKept {
  std::shared_ptr<const rules::Decision> revision;
  std::shared_ptr<const rules::Roster> roster;  // the newest one then
  TimePoint from{}, until{};                    // it counts in between
  rules::HygieneReport report;
};

class AppView {
 public:
  virtual ~AppView() = default;

  virtual TimePoint now() const = 0;
  virtual const rules::Engine& engine() const = 0;
  virtual Readiness readiness() const = 0;
  // Why not, when some worker has not progressed lately; nothing when alive.
  virtual std::optional<std::string> stuck() const = 0;

  virtual std::vector<TargetStatus> targets() const = 0;
  virtual std::vector<RecordStatusRow> records() const = 0;
  // Paths of all files that records are looked for in, those without one, too.
  virtual std::vector<std::string> record_files() const { return {}; }
  // The text of a record as it was last good, "" when it is not at hand.
  virtual std::string record_text(const std::string& path) const = 0;
  // The signals that the configuration declares.
  virtual const rules::SignalTable& declared_signals() const = 0;
  virtual RosterStatus roster_status() const = 0;
  virtual RuntimeFacts runtime_facts() const { return {}; }
  virtual FluencyStatus fluency() const { return {}; }
  // Why a slot has no value, if that is known: of slots judged since the start.
  virtual std::optional<rules::Absence> absence(const std::string& service,
                                                const std::string& signal, Duration length,
                                                std::int64_t index) const = 0;
  virtual bool show_roster_names() const = 0;  // people's names leave only where configured
  virtual BuildInfo build() const = 0;
  virtual RuntimeInfo runtime() const = 0;
  virtual std::string config_yaml() const = 0;                   // secrets shown as <secret>
  virtual std::map<std::string, std::string> flags() const = 0;  // command line
  virtual std::string external_url() const = 0;                  // without trailing slash
  virtual bool lifecycle_enabled() const = 0;
  virtual BackfillStatus backfill() const { return {}; }
  // Nothing when none of its triggers looks at a query that servers are asked for the past of.
  virtual std::optional<PastStanding> long_past(const std::string& service) const {
    (void)service;
    return std::nullopt;
  }
  virtual std::string metrics() const = 0;  // text exposition of our own metrics

  // By service.
  virtual std::map<std::string, HygieneKept, std::less<>>& hygiene_kept() = 0;

  virtual boost::asio::awaitable<std::vector<storage::TrailRow>> trail(
      storage::TrailQuery query) = 0;
  virtual boost::asio::awaitable<std::vector<storage::DeliveryRow>> deliveries(
      storage::DeliveryQuery query) = 0;
  virtual boost::asio::awaitable<std::vector<storage::IndexedValue>> slots(std::string service,
                                                                           std::string signal,
                                                                           Duration length,
                                                                           std::int64_t first,
                                                                           std::int64_t last) = 0;
  // What the store has of the stretches asked for.
  virtual boost::asio::awaitable<rules::SlotHistory> history(
      std::vector<rules::HistoryNeed> needs) = 0;
  // Finished revisits come from the store, current ones from the engine; newest first. state "" =
  // all.
  virtual boost::asio::awaitable<std::vector<rules::Revisit>> revisits(std::string state) = 0;
  // Durable when it completes without a failure. One that is `unavailable` changed nothing, or says
  // that it will be durable later.
  virtual boost::asio::awaitable<Result<rules::Revisit, rules::ActionFailure>> act(
      rules::Action action) = 0;
  // Reads everything anew and swaps, or keeps the old and says why.
  virtual boost::asio::awaitable<Status> reload() = 0;
  // Sizes and counts, deliveries that wait or were given up among them.
  virtual boost::asio::awaitable<storage::StoreStats> store_stats() = 0;
  // Believes the sources of people that wait to be believed, because somebody says so; their names.
  virtual std::vector<std::string> confirm_roster(const std::string& by) = 0;
  // Puts a dead delivery back into the queue. Fails as unknown_revisit where there is none of the
  // id, else as act().
  virtual boost::asio::awaitable<Result<Ok, rules::ActionFailure>> requeue(
      std::string delivery_id) = 0;
  // Copies the database, consistently, to a new file below the storage directory; its path.
  virtual boost::asio::awaitable<Result<std::string>> backup() = 0;
};

}  // namespace revisitd::daemon
