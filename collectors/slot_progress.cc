// The part of SlotCollector that saves the slots in progress and reads them back.
//
// A header, then for each signal
//   KEY SIZE
// which is the hash that it is known by and how many bytes it takes, and those
// (reduction_state.cc).
#include "collectors/slot_collector.h"
#include "rules/packed_fields.h"

namespace revisitd::collectors {
namespace {

constexpr std::string_view kHeader = "revisitd-slots 3\n";

}  // namespace

void SlotCollector::save_service(const Service& service, std::string& out) {
  thread_local std::string bytes;  // with their room, for a fleet's services
  for (const Signal& signal : service.signals) {
    if (signal.reducer == nullptr) continue;
    bytes.clear();
    signal.reducer->save(bytes);
    PackedWriter front(out);
    front.row().fixed(signal.key).whole(bytes.size());
    front.flush();
    out += bytes;
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
  PackedReader fields(text.substr(kHeader.size()));
  try {
    while (!fields.done()) {
      const std::uint64_t key = fields.fixed();
      saved.signals.emplace(key, SignalReducer::read(fields.take(fields.whole())));
    }
  } catch (const protozero::exception&) {
    return false;
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
