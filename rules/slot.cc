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

}  // namespace revisitd::rules
