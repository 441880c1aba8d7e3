#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/store.h"

// A place for a store, and the shortest words for what goes into one.
namespace revisitd::storage {

// A directory of its own that goes away with everything in it.
class StoreFolder {
 public:
  StoreFolder();
  StoreFolder(const StoreFolder&) = delete;
  StoreFolder& operator=(const StoreFolder&) = delete;
  ~StoreFolder();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] std::string database() const { return *this / "revisitd.db"; }

  // Waits for no lock.
  std::unique_ptr<Store> open() const;
  // Opens, runs the work and closes in good order.
  void with_store(const std::function<void(Store&)>& work) const;
  // The same in a process that then ends without closing anything, as by kill -9.
  void with_killed_store(const std::function<void(Store&)>& work) const;
  // Runs statements on the closed database behind the store's back.
  void tamper(const std::string& statements) const;

  [[nodiscard]] std::string read(const std::string& name) const;
  // Mode 0600.
  void write(const std::string& name, const std::string& bytes) const;
  [[nodiscard]] bool holds(const std::string& name) const;

 private:
  std::string path_;
};

// Runs the work in a child process; its exit code, or 128 and the signal that ended it.
int in_child(const std::function<int()>& work);

StateRow state(std::string key, std::string value);
TrailRow happened(std::string type, std::string service = "checkout", std::int64_t at = 0);
DeliveryRow delivery(std::string id, DeliveryState state = DeliveryState::pending);
// Of checkout/rps, in slots of a second.
SlotRow slot(std::int64_t index, double value);
std::vector<SlotRow> slots(std::int64_t first, std::int64_t last, double value = 1);

// "key=value …" of the kind "decision", "1 type service …", "id:state …", "index=value …".
std::string states_of(Store& store);
std::string trail_of(Store& store, const TrailQuery& query = {});
std::string deliveries_of(Store& store, const DeliveryQuery& query = {});
std::string slots_of(Store& store, std::int64_t first, std::int64_t last);

// What the work is refused for; "none" when it is not.
std::string trouble_of(const std::function<void()>& work);
// The words with which it is refused.
std::string refusal_of(const std::function<void()>& work);

}  // namespace revisitd::storage
