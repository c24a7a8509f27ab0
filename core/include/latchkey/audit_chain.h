// SPDX-License-Identifier: Apache-2.0
#ifndef LATCHKEY_AUDIT_CHAIN_H_
#define LATCHKEY_AUDIT_CHAIN_H_

/**
 * What makes a changed audit log visible: every event is a leaf, leaves form a hash chain, and a Merkle tree over them
 * (RFC 6962 §2.1, also RFC 9162) lets one event be proven with a few digests. Core knows which bytes are hashed; SHA-256
 * itself is the host's.
 *
 * A leaf is hashed behind the byte 0, a node of the tree behind 1, a link of the chain behind 2: no digest of one kind can
 * stand for another.
 */

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latchkey/audit.h"
#include "latchkey/digest.h"

namespace latchkey {

/** The bytes whose SHA-256 is the event's leaf: 0, then `to_canonical_bytes`. */
[[nodiscard]] std::string to_leaf_bytes(const audit_event& event);
/** The bytes whose SHA-256 is the next link: 2, the link before, the leaf. */
[[nodiscard]] std::string to_link_bytes(const sha256_digest& previous, const sha256_digest& leaf);

/** What stands before the first link. */
inline constexpr sha256_digest audit_chain_start{};

[[nodiscard]] sha256_digest leaf_hash(const audit_event& event, const digest_function& digest);
/** The chain after one more event. Whoever has a link can tell whether any event before it is another one. */
[[nodiscard]] sha256_digest next_audit_link(const sha256_digest& previous, const sha256_digest& leaf,
                                            const digest_function& digest);

/** A Merkle tree that grows by one leaf at a time and keeps O(log n) digests. A value; not synchronised. */
class merkle_tree {
 public:
  /** O(log n) hashes at worst, 2 on average. */
  void append(const sha256_digest& leaf, const digest_function& digest);

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /** The tree head; of an empty tree, the digest of nothing. */
  [[nodiscard]] sha256_digest head(const digest_function& digest) const;

 private:
  // Roots of the complete subtrees from left to right, one for each bit of the size.
  std::vector<sha256_digest> subtrees_;
  std::uint64_t size_ = 0;
};

/** The digests that lead from the leaf at `index` to the head, bottom up; empty when there is no such leaf. */
[[nodiscard]] std::vector<sha256_digest> inclusion_proof(std::span<const sha256_digest> leaves, std::size_t index,
                                                         const digest_function& digest);

/**
 * Whether the path leads from this leaf, at this place of a tree of `size`, to this head (RFC 9162 §2.1.3.2). A head
 * doesn't bind the size: take both from the same signed checkpoint, else a leaf may seem to be at another place.
 */
[[nodiscard]] bool verify_inclusion(const sha256_digest& leaf, std::uint64_t index, std::uint64_t size,
                                    std::span<const sha256_digest> path, const sha256_digest& head,
                                    const digest_function& digest);

}  // namespace latchkey

#endif  // LATCHKEY_AUDIT_CHAIN_H_
