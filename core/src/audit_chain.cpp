// SPDX-License-Identifier: Apache-2.0
#include "latchkey/audit_chain.h"

#include <bit>

namespace latchkey {
namespace {

constexpr char leaf_mark = 0;
constexpr char node_mark = 1;
constexpr char link_mark = 2;

std::string marked(char mark, const sha256_digest& left, const sha256_digest& right) {
  std::string bytes(1, mark);
  bytes.append(left.begin(), left.end());
  bytes.append(right.begin(), right.end());
  return bytes;
}

sha256_digest node(const sha256_digest& left, const sha256_digest& right, const digest_function& digest) {
  return digest(marked(node_mark, left, right));
}

sha256_digest head_of(std::span<const sha256_digest> leaves, const digest_function& digest) {
  merkle_tree tree;
  for (const sha256_digest& leaf : leaves) tree.append(leaf, digest);
  return tree.head(digest);
}

}  // namespace

std::string to_leaf_bytes(const audit_event& event) { return std::string(1, leaf_mark) + to_canonical_bytes(event); }

std::string to_link_bytes(const sha256_digest& previous, const sha256_digest& leaf) {
  return marked(link_mark, previous, leaf);
}

sha256_digest leaf_hash(const audit_event& event, const digest_function& digest) {
  return digest(to_leaf_bytes(event));
}

sha256_digest next_audit_link(const sha256_digest& previous, const sha256_digest& leaf, const digest_function& digest) {
  return digest(to_link_bytes(previous, leaf));
}

void merkle_tree::append(const sha256_digest& leaf, const digest_function& digest) {
  subtrees_.push_back(leaf);
  // As in a binary counter: each one at the end of the old size is a subtree that the new one completes.
  for (std::uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
    const sha256_digest right = subtrees_.back();
    subtrees_.pop_back();
    subtrees_.back() = node(subtrees_.back(), right, digest);
  }
  ++size_;
}

sha256_digest merkle_tree::head(const digest_function& digest) const {
  if (subtrees_.empty()) return digest({});
  sha256_digest head = subtrees_.back();
  for (std::size_t i = subtrees_.size() - 1; i > 0; --i) head = node(subtrees_[i - 1], head, digest);
  return head;
}

std::vector<sha256_digest> inclusion_proof(std::span<const sha256_digest> leaves, std::size_t index,
                                           const digest_function& digest) {
  std::vector<sha256_digest> from_top;
  if (index >= leaves.size()) return from_top;
  while (leaves.size() > 1) {
    // The left side is the largest complete tree that leaves something over.
    const std::size_t middle = std::bit_floor(leaves.size() - 1);
    const bool is_left = index < middle;
    from_top.push_back(head_of(is_left ? leaves.subspan(middle) : leaves.first(middle), digest));
    leaves = is_left ? leaves.first(middle) : leaves.subspan(middle);
    if (!is_left) index -= middle;
  }
  return {from_top.rbegin(), from_top.rend()};
}

bool verify_inclusion(const sha256_digest& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const sha256_digest> path, const sha256_digest& head, const digest_function& digest) {
  if (index >= size) return false;
  std::uint64_t last = size - 1;
  sha256_digest reached = leaf;
  for (const sha256_digest& sibling : path) {
    if (last == 0) return false;
    if ((index & 1) != 0 || index == last) {
      reached = node(sibling, reached, digest);
      // A node without a sibling on its right goes up unchanged.
      while ((index & 1) == 0 && index != 0) {
        index >>= 1;
        last >>= 1;
      }
    } else {
      reached = node(reached, sibling, digest);
    }
    index >>= 1;
    last >>= 1;
  }
  return last == 0 && reached == head;
}

}  // namespace latchkey
