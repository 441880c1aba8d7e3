#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/file_watch.h"
#include "collectors/record_files.h"
#include "daemon/app_view.h"
#include "daemon/config.h"
#include "daemon/roster_sources.h"

namespace revisitd::daemon {

// The files people write: decision records and rosters, read again and again, with the last good
// version of each in force. Time is an argument; reading is quick and bounded, so it is done on the
// network thread.
class Inputs {
 public:
  // What was in force before a restart or a reload, if anything.
  struct Before {
    std::shared_ptr<const rules::Roster> roster;
    std::vector<rules::RecordSource> records;           // their last good texts
    std::vector<collectors::LastReading> sources = {};  // of the roster
  };
  // `watch` is told which directories to hint at, `client` asks for rosters that peers serve (null:
  // they are never read); both outlive this.
  // The first look at the records takes what is in `ahead`, which was read for the same
  // configuration.
  Inputs(const Config& config, const Before& before, collectors::FileWatch& watch,
         collectors::HttpClient* client = nullptr, collectors::RecordsAhead ahead = {});

  // Reads the records of a configuration while it is not known yet what was in force.
  static std::shared_ptr<collectors::AheadReader> ahead_reader(const Config& config, TimePoint now);

  // Reads all records; what changed since the last look is in the result.
  collectors::RecordScan look_at_records(
      TimePoint now,
      collectors::RecordFiles::Look look = collectors::RecordFiles::Look::everywhere);

  struct RosterChange {
    std::shared_ptr<const rules::Roster>
        roster;                        // all sources as one; null while any was never read
    bool changed = false;              // other people than at the look before
    bool readings_changed = false;     // a source says other people or services than before
    std::vector<Diagnostic> problems;  // new since the look before
  };
  RosterChange look_at_rosters(TimePoint now);
  // The next look believes what sources say that wait to be believed; their names.
  std::vector<std::string> confirm_rosters();

  [[nodiscard]] const std::vector<RecordStatusRow>& records() const { return records_; }
  // Paths of all files that the patterns name, those without a record, too.
  [[nodiscard]] std::vector<std::string> record_files() const;
  // All that is wrong with records now.
  [[nodiscard]] const std::vector<Diagnostic>& record_problems() const { return record_problems_; }
  [[nodiscard]] const RosterStatus& roster_status() const { return roster_status_; }
  [[nodiscard]] bool has_roster() const { return !rosters_.all.empty(); }
  // Rosters that peers serve: somebody has to refresh those that are due. They may outlive this.
  [[nodiscard]] const std::vector<std::shared_ptr<collectors::RosterHttp>>& served_rosters() const {
    return rosters_.served;
  }
  // The last good reading of each source.
  [[nodiscard]] const std::vector<collectors::LastReading>& roster_readings() const {
    return readings_;
  }
  // Services that catalogues of software list, by name: their owners, and when the catalogue was
  // last seen to list them, however long ago that is.
  struct Catalogued {
    std::string owner;  // team, "" if not known
    TimePoint read_at{};
  };
  [[nodiscard]] std::map<std::string, Catalogued> catalogued_services() const;
  // See RecordFiles.
  [[nodiscard]] std::optional<rules::RecordSource> last_good(const std::string& path) const {
    return files_.last_good(path);
  }
  // For the Inputs that follow these.
  [[nodiscard]] std::vector<rules::RecordSource> last_good_records() const {
    return files_.last_good();
  }

 private:
  void note_records(const collectors::RecordScan& scan);

  collectors::RecordFiles files_;
  RosterSources rosters_;
  std::vector<collectors::LastReading> readings_;
  collectors::FileWatch& watch_;
  std::vector<RecordStatusRow> records_;
  std::vector<Diagnostic> record_problems_;
  RosterStatus roster_status_;
  std::shared_ptr<const rules::Roster> roster_;
  std::string roster_said_;  // problems and remarks of the last look
};

}  // namespace revisitd::daemon
