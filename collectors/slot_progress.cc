// The part of SlotCollector that saves the slots in progress and reads them back.
//
// A header, then for each signal a line
//   @ KEY SIZE
// with the hash that it is known by and the length of its text, and the text (reduction_state.cc).
#include "collectors/field_text.h"
#include "collectors/slot_collector.h"

namespace revisitd::collectors {
namespace {

constexpr std::string_view kHeader = "revisitd-slots 2\n";

// The line in front of a signal's text.
std::string front_of(std::uint64_t key, std::size_t size) {
  char line[2 + 2 * kFieldBytes];
  line[0] = '@';
  char* end = put_field(put_field(line + 1, Hex{key}), size);
  *end++ = '\n';
  return {line, end};
}

}  // namespace

void SlotCollector::save_service(const Service& service, std::string& out) {
  thread_local std::string lines;  // with its room, for a fleet's services
  for (const Signal& signal : service.signals) {
    if (signal.reducer == nullptr) continue;
    lines.clear();
    signal.reducer->save(lines);
    out += front_of(signal.key, lines.size());
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
    if (end == std::string_view::npos || text.front() != '@') return false;
    Fields fields(text.substr(1, end - 1));
    Hex key;
    std::size_t size = 0;
    if (!fields.take(key, size) || !fields.done() || size > text.size() - end - 1) return false;
    saved.signals.emplace(key.value, SignalReducer::read(text.substr(end + 1, size)));
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
