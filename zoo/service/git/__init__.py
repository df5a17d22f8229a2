"""What the service stores: git repositories, their trees and commits, and the large files beside them."""
