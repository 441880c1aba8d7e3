#pragma once

#include <memory>

#include "tests/unit/daemon/web/fake_app.h"

// A fleet with something of everything, the same on every run: a tripped decision with a revisit, a
// decision that proves nothing, a blind one, clear ones, problems to mend.
namespace revisitd::daemon::web {

// 2026-11-23T12:00:00Z: when the sample is looked at.
TimePoint sample_now();
// `clear_services` are added beside the four that have a story: checkout, reports, ingest, search.
std::unique_ptr<FakeApp> sample_fleet(int clear_services = 8);

// An empty daemon with one decision and no slots: `record` is the text of a record file; slot
// lengths other than the usual ones may be given.
std::unique_ptr<FakeApp> fleet_of(const std::string& record,
                                  const std::vector<Duration>& ladder = {});

}  // namespace revisitd::daemon::web
