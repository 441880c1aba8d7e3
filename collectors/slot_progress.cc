// The part of SlotCollector that saves the slots in progress and reads them back.
//
// A header, then for each signal its key, the length of its text, and the text
// (reduction_state.cc).
#include <charconv>

#include "collectors/slot_collector.h"

namespace revisitd::collectors {
namespace {

constexpr std::string_view kHeader = "revisitd-slots 1\n";

// Whether the whole text is the number.
template <class T>
bool read_number(std::string_view text, T& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end;
}

}  // namespace

void SlotCollector::save_service(const Service& service, std::string& out) {
  thread_local std::string lines;  // with its room, for a fleet's services
  for (const Signal& signal : service.signals) {
    if (signal.reducer == nullptr) continue;
    lines.clear();
    signal.reducer->save(lines);
    out += std::to_string(signal.key) + ' ' + std::to_string(lines.size()) + '\n';
    out += lines;
  }
}

std::string SlotCollector::save() const {
  std::string out(kHeader);
  for (const auto& [name, service] : services_) save_service(service, out);
  return out;
}

std::string SlotCollector::save_part(std::size_t part) const {
  std::string out(kHeader);
  for (const Service* service : parts_[part]) save_service(*service, out);
  return out.size() > kHeader.size() ? out : "";
}

SlotCollector::SavedProgress SlotCollector::read_progress(std::span<const std::string> texts) {
  SavedProgress saved;
  for (const std::string& text : texts) saved.whole = read_text(text, saved) && saved.whole;
  return saved;
}

bool SlotCollector::read_text(std::string_view text, SavedProgress& saved) {
  if (!text.starts_with(kHeader)) return false;
  text.remove_prefix(kHeader.size());
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t blank = text.substr(0, end).find(' ');
    if (end == std::string_view::npos || blank == std::string_view::npos) return false;
    std::uint64_t key = 0;
    std::size_t size = 0;
    if (!read_number(text.substr(0, blank), key) ||
        !read_number(text.substr(blank + 1, end - blank - 1), size) ||
        size > text.size() - end - 1) {
      return false;
    }
    saved.signals.emplace(key, SignalReducer::read(text.substr(end + 1, size)));
    text.remove_prefix(end + 1 + size);
  }
  return true;
}

bool SlotCollector::restore(SavedProgress saved) {
  bool all = saved.whole;
  for (auto& [name, service] : services_) {
    for (Signal& signal : service.signals) {
      if (signal.reducer == nullptr) continue;
      const auto found = saved.signals.find(signal.key);
      if (found == saved.signals.end()) continue;
      all = found->second && signal.reducer->restore(*std::move(found->second)) && all;
      // Where two signals have one key the second starts empty.
      saved.signals.erase(found);
    }
  }
  return all;
}

}  // namespace revisitd::collectors
