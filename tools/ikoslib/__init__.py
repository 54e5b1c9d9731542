# SPDX-License-Identifier: MIT
"""What tools/ikos is made of."""
