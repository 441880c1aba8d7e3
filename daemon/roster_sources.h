#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collectors/roster_http.h"
#include "collectors/roster_source.h"
#include "daemon/config.h"

namespace revisitd::daemon {

// The sources of people that a configuration names, in the order in which they are believed: native
// files, native over HTTP, CSV, Backstage files, Backstage over HTTP.
struct RosterSources {
  std::vector<std::shared_ptr<collectors::RosterSource>> all;
  std::vector<std::shared_ptr<collectors::RosterHttp>> served;  // those of them that must be asked
};

// `client` may be null: then what peers serve is left out. `last` are readings that were in force
// before, each known by its roster's source.
RosterSources make_roster_sources(const RosterConfig& config, collectors::HttpClient* client,
                                  collectors::RosterSourceOptions options,
                                  const std::vector<collectors::LastReading>& last);

// For commands: what sources say now, as one roster.
struct RosterFilesReading {
  std::shared_ptr<const rules::Roster> roster;  // null when one cannot be used or there is none
  std::vector<collectors::CataloguedService> services;  // of all catalogues
  std::vector<Diagnostic> diagnostics;
};
// Those that are served must have been asked before.
RosterFilesReading read_roster_sources(const RosterSources& sources, TimePoint now);
// The files as they are now, unsettled ones too; that peers are not asked is a warning.
RosterFilesReading read_roster_files(const RosterConfig& config, TimePoint now);

}  // namespace revisitd::daemon
