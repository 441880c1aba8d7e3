#include "storage/store.h"

namespace revisitd::storage {

const char* store_trouble_name(StoreTrouble trouble) {
  switch (trouble) {
    case StoreTrouble::full:
      return "full";
    case StoreTrouble::io:
      return "io";
    case StoreTrouble::locked:
      return "locked";
    case StoreTrouble::corrupt:
      return "corrupt";
    case StoreTrouble::newer:
      return "newer";
    case StoreTrouble::foreign:
      return "foreign";
    case StoreTrouble::unsafe:
      return "unsafe";
    case StoreTrouble::gone:
      return "gone";
  }
  return "unknown";
}

std::string_view delivery_state_name(DeliveryState state) {
  switch (state) {
    case DeliveryState::pending:
      return "pending";
    case DeliveryState::delivered:
      return "delivered";
    case DeliveryState::dead:
      return "dead";
  }
  return "unknown";
}

}  // namespace revisitd::storage
