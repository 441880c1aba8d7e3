#include "rules/slot.h"

namespace revisitd::rules {

const char* absence_name(Absence absence) {
  switch (absence) {
    case Absence::no_target:
      return "no-target";
    case Absence::no_data:
      return "no-data";
    case Absence::not_finite:
      return "not-finite";
    case Absence::stale:
      return "stale";
    case Absence::ambiguous:
      return "ambiguous";
    case Absence::partial:
      return "partial";
    case Absence::failed:
      return "failed";
    case Absence::down:
      return "down";
  }
  return "";
}

const char* absence_text(Absence absence) {
  switch (absence) {
    case Absence::no_target:
      return "no target of the service is known";
    case Absence::no_data:
      return "nothing was scraped or answered";
    case Absence::not_finite:
      return "it was NaN or infinite";
    case Absence::stale:
      return "its source stopped serving it";
    case Absence::ambiguous:
      return "its series contradict each other";
    case Absence::partial:
      return "the answer was incomplete";
    case Absence::failed:
      return "its source could not be read";
    case Absence::down:
      return "the slot was missed, the daemon was not running";
  }
  return "";
}

}  // namespace revisitd::rules
