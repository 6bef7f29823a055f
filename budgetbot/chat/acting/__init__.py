"""What people do about alerts by buttons and modals, and who may."""
