#include "daemon/fetched_rows.h"

#include <algorithm>
#include <iterator>

namespace revisitd::daemon {
namespace {

constexpr std::size_t kMostRows = 20'000;
constexpr std::int64_t kMostValues = 200'000;
constexpr std::int64_t kMostSlots = 500;

}  // namespace

boost::asio::awaitable<void> store_in_parts(
    std::vector<storage::SlotRow> rows,
    const std::function<boost::asio::awaitable<void>(std::vector<storage::SlotRow>)>& store) {
  for (std::size_t at = 0; at < rows.size(); at += kMostRows) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end =
        rows.begin() + static_cast<std::ptrdiff_t>(std::min(at + kMostRows, rows.size()));
    std::vector<storage::SlotRow> some(std::make_move_iterator(begin),
                                       std::make_move_iterator(end));
    co_await store(std::move(some));
  }
}

std::int64_t most_slots(std::size_t services) {
  const auto most = kMostValues / static_cast<std::int64_t>(std::max<std::size_t>(services, 1));
  return std::clamp<std::int64_t>(most, 1, kMostSlots);
}

}  // namespace revisitd::daemon
