#pragma once

#include <string>
#include <vector>

#include "rules/event.h"
#include "rules/time.h"

// What a message says, in plain text; how a receiver wants it dressed is the renderers' business.
// Nothing here is escaped for any format, everything is one line of valid UTF-8.
namespace revisitd::daemon::notify {

// "Revisit checkout: Python → Go?"
std::string headline(const rules::Event& event);
// The headline of its opening.
std::string title(const rules::Revisit& revisit);

// One to three sentences that say what happened and what is asked of the reader.
std::string lead(const rules::Event& event);

// What one trigger measured, as phrases: "131ms measured against 100ms", "in breach for 97.2% of 7d
// (trips at 95%)", "98.1% of the window covered", "since 2026-05-12 06:10 UTC", "rising (40% → 98%
// of the window's halves in breach)", "3d12h more of ok would clear it", "began with a release
// (1.4.1 → 1.4.2, 2026-05-05 08:40 UTC)", "workload grew (1650 → 2310 requests a second)". Parts
// that are not known are left out. Of one that has cleared since: "clear again".
std::vector<std::string> measurements(const rules::TriggerEvidence& evidence);

// The triggers that an event of triggers tells of: its own, then the others.
std::vector<rules::TriggerNews> told_triggers(const rules::Event& event);

// "The decision rerun on today's inputs: leans go by 0.21."
std::string rerun(const rules::FrozenAssessment& assessment);

// Whether the event is about the revisit it carries (a blind trigger carries the open revisit,
// too).
bool is_of_revisit(rules::EventType type);
// Whether the event ends what earlier messages asked for: subsided, concluded, withdrawn, sighted.
bool is_resolution(rules::EventType type);

}  // namespace revisitd::daemon::notify
