#include "daemon/web/window_strip.h"

#include <algorithm>

namespace revisitd::daemon::web {
namespace {

using rules::SlotCounts;
using rules::SlotState;

constexpr std::int64_t kColumns = 240;
constexpr double kHeight = 28;

struct Block {
  const char* kind;
  double height;
  friend bool operator==(const Block&, const Block&) = default;
};

Block block_of(const SlotCounts& counts) {
  if (counts.breach > 0) {
    return {"s-breach", kHeight * (0.5 + 0.5 * counts.breach / counts.total())};
  }
  if (counts.ok > 0 && counts.ok >= counts.idle) return {"s-ok", kHeight * 0.36};
  if (counts.idle > 0 && counts.idle >= counts.blind) return {"s-idle", kHeight * 0.12};
  if (counts.ok > 0) return {"s-ok", kHeight * 0.36};
  return {"s-blind", 0};
}

SlotCounts count(const rules::SlotLedger& ledger, std::int64_t first, std::int64_t last) {
  SlotCounts counts;
  for (std::int64_t i = first; i < last; ++i) {
    switch (ledger.at(i)) {
      case SlotState::breach:
        ++counts.breach;
        break;
      case SlotState::ok:
        ++counts.ok;
        break;
      case SlotState::idle:
        ++counts.idle;
        break;
      case SlotState::blind:
        ++counts.blind;
        break;
    }
  }
  return counts;
}

void draw_block(Html& svg, const Block& block, double x, double width) {
  if (block.height <= 0) return;
  svg.put(R"(<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>)", block.kind, x,
          kHeight - block.height, width, block.height);
}

}  // namespace

Html draw_window_strip(const rules::SlotLedger& ledger, Duration length) {
  const std::int64_t slots = ledger.slots();
  const std::int64_t first = ledger.last().value_or(slots - 1) - slots + 1;
  const std::int64_t columns = std::min(slots, kColumns);
  const double unit = static_cast<double>(kColumns) / static_cast<double>(columns);
  const auto column = [&](std::int64_t i) {
    return block_of(count(ledger, first + slots * i / columns, first + slots * (i + 1) / columns));
  };
  Html blocks;
  for (std::int64_t i = 0; i < columns;) {
    const Block block = column(i);
    std::int64_t end = i + 1;
    while (end < columns && column(end) == block) ++end;
    draw_block(blocks, block, static_cast<double>(i) * unit, static_cast<double>(end - i) * unit);
    i = end;
  }
  const SlotCounts& all = ledger.counts();
  Html svg;
  svg.put(
      R"(<svg class="strip" viewBox="0 0 240 30" preserveAspectRatio="none" role="img" aria-label="{} slots of {}: {} breach, {} ok, {} idle, {} blind">)",
      all.total(), format_duration(length), all.breach, all.ok, all.idle, all.blind);
  svg.put(R"(<path class="s-ground" d="M0 29H240"/>{}</svg>)", blocks);
  return svg;
}

}  // namespace revisitd::daemon::web
